using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Reporting;

/// <summary>The result of a run, for people and as JSON.</summary>
internal static class FuzzSummary
{
    /// <summary>The JSON object of the contract.</summary>
    public static JsonObject Json(FuzzPlan plan, FuzzResult result)
    {
        var json = new JsonObject
        {
            ["executions"] = result.Executions,
            ["executionsPerSecond"] = Math.Round(result.Rate, 1),
            ["seconds"] = Math.Round(result.Seconds, 3),
            ["edges"] = result.Edges,
            ["features"] = result.Features,
            ["corpus"] = result.Corpus,
            ["seed"] = plan.Seed,
            ["engine"] = plan.Engine,
            ["workers"] = plan.Workers,
        };
        json.AddVariant(plan.Variant);
        if (result.Sync is { } sync)
        {
            json["sync"] = new JsonObject
            {
                ["imported"] = sync.Imported,
                ["importedNew"] = sync.ImportedNew,
                ["exported"] = sync.Exported,
            };
        }
        if (result.Totals is { } totals)
        {
            json["allRuns"] = new JsonObject
            {
                ["runs"] = totals.Runs,
                ["executions"] = totals.Executions,
                ["seconds"] = Math.Round(totals.Seconds, 3),
            };
        }
        json["deadWorkers"] = new JsonArray([.. result.DeadWorkers.Select(d => (JsonNode)Json(d))]);
        json["interrupted"] = result.IsInterrupted;
        json["error"] = result.Failure;
        json["findings"] = new JsonArray([.. result.Findings.Select(f => (JsonNode)Json(f))]);
        return json;
    }

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

    private static JsonObject Json(DeadWorker dead) => new()
    {
        ["worker"] = dead.Worker,
        ["exit"] = dead.Exit,
        ["input"] = dead.Input,
        ["seed"] = dead.Seed,
        ["executions"] = dead.Executions,
    };

    private static JsonObject Json(FoundLine finding)
    {
        var json = new JsonObject
        {
            ["key"] = finding.Key,
            ["title"] = finding.Title,
            ["kind"] = finding.Kind,
            ["new"] = finding.IsNew,
            ["regression"] = finding.IsRegression,
            ["firstExecution"] = finding.FirstExecution,
            ["hits"] = finding.Hits,
            ["operations"] = finding.Operations,
            ["folder"] = finding.Folder,
        };
        if (finding.Input is { } input) json["input"] = input;
        return json;
    }
}
