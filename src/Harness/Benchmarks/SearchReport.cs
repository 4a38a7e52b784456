using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Switches and the executions it takes to find what they make, as a table for people and as JSON.</summary>
/// <param name="place">Heading of where they were looked for.</param>
/// <param name="usualExecutions">Executions for each switch if nobody asked for a number.</param>
internal sealed class SearchReport(string place, long usualExecutions)
{
    /// <summary>Looks for them and prints what came of it.</summary>
    /// <param name="settings">Seed, executions, and the inputs to start from.</param>
    /// <param name="json">Whether JSON is wanted.</param>
    /// <param name="context">Where it goes.</param>
    /// <param name="look">Looks for the switches, until it is stopped.</param>
    /// <returns>The exit code.</returns>
    public int Run(
        LoadedSettings settings, bool json, CommandContext context, Func<DifferenceSearch, StopSignal, IReadOnlyList<SearchRow>> look)
    {
        var plan = SearchPlan.Of(settings, usualExecutions);
        var seeds = CorpusFolder.Load(settings.Seeds(), context.Log);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var rows = look(new DifferenceSearch(plan, seeds, context.NewTarget), stop);
        if (json) context.Results.WriteLine(JsonOutput.Line(Describe(plan, rows)));
        else Print(context.Results, rows);
        return rows.Any(row => row.Failure is not null) ? ExitCode.Internal : ExitCode.Clean;
    }

    private static JsonObject Describe(FuzzPlan plan, IReadOnlyList<SearchRow> rows) => new()
    {
        ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)row.Json())]),
        ["found"] = rows.Count(row => row.Key is not null),
        ["executions"] = plan.Executions,
        ["seed"] = plan.Seed,
    };

    /// <summary>The rows are Markdown: docs/defects.md and docs/remedies.md are made of them.</summary>
    private void Print(TextWriter output, IReadOnlyList<SearchRow> rows)
    {
        output.WriteLine($"| id | name | {place} | executions | finding |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var row in rows)
        {
            var key = row.Failure ?? (row.Key is null ? "" : $"`{row.Key}`");
            output.WriteLine($"| {row.Switch.Id} | {row.Switch.Name} | {row.Place} | {row.Needed} | {key} |");
        }
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows.Count(row => row.Key is not null)} of {rows.Count} found"));
    }
}
