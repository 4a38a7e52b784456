using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Reporting;

/// <summary>The result of a run, for people.</summary>
internal static class FuzzSummary
{
    /// <summary>Prints the summary.</summary>
    public static void Print(TextWriter output, FuzzPlan plan, FuzzResult result, Wordiness wordiness)
    {
        if (wordiness != Wordiness.Quiet) PrintRun(output, plan, result);
        PrintFindings(output, result);
        var told = result.Findings.Where(f => f.IsNew || f.IsRegression).ToList();
        foreach (var finding in told)
        {
            if (wordiness == Wordiness.Detailed) PrintDetails(output, finding);
            else if (wordiness == Wordiness.Usual) output.WriteLine($"{Word(finding)}{finding.Key}  {finding.Title}{Note(finding)}");
            if (finding.Folder is null) output.WriteLine($"            {finding.Key} is not written; input in base 64: {finding.Input}");
        }
        if (wordiness == Wordiness.Usual && told.Find(f => f.Folder is not null) is { } example)
            output.WriteLine($"replay      {Hint.Replay(example.Folder!)}");
    }

    private static string Word(FoundLine finding) => $"{finding.Status,-10}  ";

    private static string Note(FoundLine finding) => finding.Note is { } note ? $" ({note})" : "";

    private static void PrintDetails(TextWriter output, FoundLine finding)
    {
        output.WriteLine();
        output.WriteLine($"{Word(finding)}{finding.Title}");
        output.WriteLine($"            {finding.Key}{Note(finding)}");
        output.WriteLine($"            first at execution {finding.FirstExecution}, {finding.Hits} hits, {finding.Operations} operations");
        if (finding.Folder is { } folder) output.WriteLine($"            {Hint.Replay(folder)}");
    }

    private static void PrintRun(TextWriter output, FuzzPlan plan, FuzzResult result)
    {
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
    }

    private static void PrintFindings(TextWriter output, FuzzResult result)
    {
        var (fresh, back) = (result.Findings.Count(f => f.IsNew), result.Findings.Count(f => f.IsRegression));
        var regressions = back == 0 ? "" : $", {back} regression{(back == 1 ? "" : "s")}";
        output.WriteLine($"findings    {fresh} new{regressions}; {result.Findings.Count - fresh - back} known ones were met again");
    }
}
