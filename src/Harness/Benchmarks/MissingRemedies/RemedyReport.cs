using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Commands;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.MissingRemedies;

/// <summary>Executions it takes to find what each remedy mends, on hardened without it, as a table for people and as JSON.</summary>
internal static class RemedyReport
{
    private const long UsualExecutions = 200_000;

    /// <summary>Leaves out the remedies of the settings, or each in turn.</summary>
    public static int Run(LoadedSettings settings, bool json, CommandContext context)
    {
        var asked = settings.ResolveVariant();
        var ids = asked.IsHardened ? [] : asked.RemedyIds.ToList();
        var plan = SearchPlan.Of(settings, UsualExecutions);
        var seeds = CorpusFolder.Load(settings.Values.Corpus.Seeds, context.Log);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var hardened = VariantCatalogue.Like(asked, variant: VariantCatalogue.HardenedVariant);
        var bench = new RemedyBench(new DifferenceSearch(plan, seeds, context.NewTarget), hardened, context.Log);
        var rows = bench.Run(Remedies.All.Where(one => ids.Count == 0 || ids.Contains(one.Id)), stop);
        if (json) context.Results.WriteLine(JsonOutput.Line(Describe(plan, rows)));
        else Print(context.Results, rows);
        return rows.Any(row => row.Found.Failure is not null) ? ExitCode.Internal : ExitCode.Clean;
    }

    private static JsonObject Describe(FuzzPlan plan, IReadOnlyList<RemedyRow> rows) => new()
    {
        ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)row.Json())]),
        ["found"] = rows.Count(row => row.Found.Key is not null),
        ["executions"] = plan.Executions,
        ["seed"] = plan.Seed,
    };

    /// <summary>The rows are Markdown: docs/remedies.md is made of them.</summary>
    private static void Print(TextWriter output, IReadOnlyList<RemedyRow> rows)
    {
        output.WriteLine("| id | name | host | executions | finding |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var row in rows)
        {
            var key = row.Found.Failure ?? (row.Found.Key is null ? "" : $"`{row.Found.Key}`");
            output.WriteLine($"| {row.Remedy.Id} | {row.Remedy.Name} | {row.Host} | {row.Found.Needed} | {key} |");
        }
        output.WriteLine();
        var found = rows.Count(row => row.Found.Key is not null);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{found} of {rows.Count} found"));
    }
}
