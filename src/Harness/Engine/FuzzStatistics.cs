using System.Diagnostics;

namespace CcwFuzz.Harness.Engine;

/// <summary>The numbers of a run.</summary>
internal sealed class FuzzStatistics
{
    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>Executions so far; repetitions that check a finding do not count.</summary>
    public long Executions { get; set; }

    /// <summary>Edges of the code reached.</summary>
    public int Edges { get; set; }

    /// <summary>Features of the model reached.</summary>
    public int Features { get; set; }

    /// <summary>Inputs kept.</summary>
    public int Corpus { get; set; }

    /// <summary>Distinct findings.</summary>
    public int Findings { get; set; }

    /// <summary>Seconds since the run started.</summary>
    public double Seconds => watch.Elapsed.TotalSeconds;

    /// <summary>Executions a second over the whole run.</summary>
    public double Rate => Seconds > 0 ? Executions / Seconds : 0;
}
