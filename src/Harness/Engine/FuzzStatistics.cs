using System.Diagnostics;

namespace CcwFuzz.Harness.Engine;

/// <summary>The numbers of a run.</summary>
internal sealed class FuzzStatistics
{
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly TimeSpan processor = Environment.CpuUsage.TotalTime;

    /// <summary>Executions so far; repetitions that check a finding do not count.</summary>
    public long Executions { get; private set; }

    /// <summary>Seconds from the start of the process to the end of the first execution.</summary>
    public double FirstExecutionAfter { get; private set; }

    /// <summary>Edges of the code reached.</summary>
    public int Edges { get; set; }

    /// <summary>Features of the model reached.</summary>
    public int Features { get; set; }

    /// <summary>Inputs kept.</summary>
    public int Corpus { get; set; }

    /// <summary>Distinct findings.</summary>
    public int Findings { get; set; }

    /// <summary>Inputs to start from that were not played yet.</summary>
    public int SeedsLeft { get; set; }

    /// <summary>Seconds since the run started.</summary>
    public double Seconds => watch.Elapsed.TotalSeconds;

    /// <summary>Seconds of the processor that this process took since then, with all its threads.</summary>
    public double ProcessorSeconds => (Environment.CpuUsage.TotalTime - processor).TotalSeconds;

    /// <summary>Counts an execution.</summary>
    public void Executed()
    {
        if (Executions++ > 0) return;
        using var process = Process.GetCurrentProcess();
        FirstExecutionAfter = (DateTime.Now - process.StartTime).TotalSeconds;
    }

    /// <summary>Executions a second over the whole run.</summary>
    public double Rate => Seconds > 0 ? Executions / Seconds : 0;
}
