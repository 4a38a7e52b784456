using System.Globalization;
using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>Tells the parent process how a worker goes: lines that begin with a mark.</summary>
internal sealed class WorkerProgress(TextWriter log) : IProgressReporter
{
    /// <summary>Begins a line with numbers.</summary>
    public const string NumbersMark = "@numbers ";

    /// <summary>Begins a line about a finding.</summary>
    public const string FoundMark = "@found ";

    private const double Interval = 0.5;
    private double next = Interval;

    /// <inheritdoc/>
    public void Progress(FuzzStatistics statistics)
    {
        if (statistics.Seconds < next) return;
        next = statistics.Seconds + Interval;
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{NumbersMark}{statistics.Executions} {statistics.Edges} {statistics.Corpus} "
            + $"{statistics.Seconds:f6} {statistics.ProcessorSeconds:f6}"));
    }

    /// <inheritdoc/>
    public void Found(Finding finding, string? folder)
    {
        if (!finding.IsKnown) log.WriteLine($"{FoundMark}{finding.Key} {finding.Title}");
    }

    /// <inheritdoc/>
    public void End()
    {
    }
}
