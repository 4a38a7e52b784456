using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Commands;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>Past defects and the executions it takes to find them, as a table for people and as JSON.</summary>
internal static class DefectReport
{
    private const long UsualExecutions = 2_000_000;

    /// <summary>Looks for the defects of the settings, or for all of them.</summary>
    public static int Run(LoadedSettings settings, bool json, CommandContext context)
    {
        var ids = settings.ResolveVariant().DefectIds.ToList();
        var plan = SearchPlan.Of(settings, UsualExecutions);
        var seeds = CorpusFolder.Load(settings.Values.Corpus.Seeds, context.Log);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var wanted = Defects.All.Where(one => ids.Count == 0 || ids.Contains(one.Id));
        var rows = new DefectBench(new DifferenceSearch(plan, seeds, context.NewTarget), context.Log).Run(wanted, stop);
        if (json) context.Results.WriteLine(JsonOutput.Line(Describe(plan, rows)));
        else Print(context.Results, rows);
        return rows.Any(row => row.Failure is not null) ? ExitCode.Internal : ExitCode.Clean;
    }

    private static JsonObject Describe(FuzzPlan plan, IReadOnlyList<DefectRow> rows) => new()
    {
        ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)row.Json())]),
        ["found"] = rows.Count(row => row.Key is not null),
        ["executions"] = plan.Executions,
        ["seed"] = plan.Seed,
    };

    /// <summary>The rows are Markdown: docs/defects.md is made of them.</summary>
    private static void Print(TextWriter output, IReadOnlyList<DefectRow> rows)
    {
        output.WriteLine("| id | name | on top of | executions | finding |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var row in rows)
        {
            var key = row.Failure ?? (row.Key is null ? "" : $"`{row.Key}`");
            output.WriteLine($"| {row.Defect.Id} | {row.Defect.Name} | {row.OnTopOf} | {row.Needed} | {key} |");
        }
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rows.Count(row => row.Key is not null)} of {rows.Count} found"));
    }
}
