using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Reporting;

/// <summary>One line on stderr: rewritten every second on a terminal, a new one every few seconds in a log.</summary>
internal sealed class ConsoleProgress : IProgressReporter
{
    private const double TerminalInterval = 1;
    private const double LogInterval = 5;
    private readonly TextWriter log;
    private readonly bool isTerminal;
    private readonly Wordiness wordiness;
    private readonly double limit;
    private readonly long executions;
    private double next;
    private int width;

    /// <summary>Reports a run.</summary>
    public ConsoleProgress(TextWriter log, FuzzPlan plan, bool isTerminal, Wordiness wordiness = Wordiness.Usual)
    {
        this.log = wordiness == Wordiness.Quiet ? TextWriter.Null : log;
        this.wordiness = wordiness;
        this.isTerminal = isTerminal;
        limit = plan.Seconds;
        executions = plan.Executions;
        next = isTerminal ? TerminalInterval : LogInterval;
    }

    /// <inheritdoc/>
    public void Progress(FuzzStatistics statistics)
    {
        var seconds = statistics.Seconds;
        if (seconds < next) return;
        next = seconds + (isTerminal ? TerminalInterval : LogInterval);
        Say(string.Create(CultureInfo.InvariantCulture,
            $"{statistics.Executions} executions, {statistics.Rate:f0}/s, {statistics.Edges} edges, "
            + $"corpus {statistics.Corpus}, findings {statistics.Findings}{Left(statistics)}"));
    }

    /// <inheritdoc/>
    public void Found(Finding finding, string? folder)
    {
        // What is known is no news.
        if (finding.IsKnown) return;
        EndLine();
        var what = finding.Judgement.Standing == Standing.New ? "new finding" : "regression";
        var note = finding.Judgement.Note is { } why ? $" ({why})" : "";
        log.WriteLine($"{what} at execution {finding.FirstExecution}{note}: {finding.Title}");
        if (folder is not null && wordiness == Wordiness.Detailed) log.WriteLine($"  replay with: {Hint.Replay(folder)}");
    }

    /// <inheritdoc/>
    public void End() => EndLine();

    private string Left(FuzzStatistics statistics)
    {
        if (limit > 0) return string.Create(CultureInfo.InvariantCulture, $", {Math.Max(0, limit - statistics.Seconds):f0} s left");
        return executions > 0
            ? string.Create(CultureInfo.InvariantCulture, $", {Math.Max(0, executions - statistics.Executions)} executions left")
            : "";
    }

    private void Say(string line)
    {
        if (!isTerminal)
        {
            log.WriteLine(line);
            return;
        }
        log.Write("\r" + line.PadRight(width));
        width = line.Length;
    }

    private void EndLine()
    {
        if (width == 0) return;
        log.WriteLine();
        width = 0;
    }
}
