using System.Globalization;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Reporting;

/// <summary>The result of a run, for people.</summary>
internal static class FuzzSummary
{
    /// <summary>Prints the summary.</summary>
    public static void Print(TextWriter output, FuzzPlan plan, FuzzResult result)
    {
        var fresh = result.Findings.Count(f => f.IsNew);
        output.WriteLine($"variant     {plan.Variant} on host {plan.Variant.HostText}");
        output.WriteLine($"engine      {plan.Engine}, seed {plan.Seed}, {plan.Workers} worker{(plan.Workers == 1 ? "" : "s")}");
        var how = result.IsInterrupted ? ", interrupted" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"executions  {result.Executions} in {result.Seconds:f1} s, {result.Rate:f0} a second{how}"));
        output.WriteLine($"corpus      {result.Corpus} inputs, {result.Edges} edges, {result.Features} features");
        if (result.SeedsLeft > 0)
            output.WriteLine($"seeds       {result.SeedsLeft} of {result.Seeds} were not played: the run ended before");
        if (result.Totals is { Runs: > 1 } totals)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"all runs    {totals.Executions} executions in {totals.Seconds:f0} s, {totals.Runs} runs on this corpus"));
        }
        if (result.Sync is { } sync)
        {
            output.WriteLine(
                $"sync        {sync.Imported} inputs of others were run, {sync.ImportedNew} of them new; {sync.Exported} written");
        }
        foreach (var dead in result.DeadWorkers)
        {
            var input = dead.Input is null ? "" : $"; its input: {dead.Input}";
            output.WriteLine($"died        worker {dead.Worker}, exit code {dead.Exit}{input}");
        }
        var back = result.Findings.Count(f => f.IsRegression);
        var regressions = back == 0 ? "" : $", {back} of fixed ones";
        output.WriteLine($"findings    {fresh} new{regressions}; {result.Findings.Count - fresh - back} known ones were met again");
        foreach (var finding in result.Findings.Where(f => f.IsNew || f.IsRegression))
        {
            output.WriteLine();
            output.WriteLine($"{(finding.IsNew ? "new    " : "again  ")}{finding.Title}");
            output.WriteLine($"       {finding.Key}");
            output.WriteLine($"       first at execution {finding.FirstExecution}, {finding.Hits} hits, {finding.Operations} operations");
            output.WriteLine(finding.Folder is { } folder
                ? $"       {ReplayHint.Command(folder)}"
                : $"       not written; input in base 64: {finding.Input}");
        }
    }
}
