using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Triage;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.TriageAtScale;

/// <summary>Into which keys the violations of many past defects fall, as a table for people and as JSON.</summary>
internal static class TriageReport
{
    private const long UsualExecutions = 20_000;

    /// <summary>The folder with a scenario of each defect: what is measured is telling them apart, not finding them.</summary>
    private const string Scenarios = "corpus/defects";

    /// <summary>Tries the defects of the settings, or all, until there are enough.</summary>
    public static int Run(LoadedSettings settings, int wanted, int violations, bool json, CommandContext context)
    {
        var ids = settings.ResolveVariant().DefectIds.ToList();
        var plan = SearchPlan.Of(settings, UsualExecutions);
        var seeds = CorpusFolder.Load([Path.Combine(settings.Root, Scenarios), .. settings.Seeds()], context.Log);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var defects = Defects.All.Where(one => ids.Count == 0 || ids.Contains(one.Id)).ToList();
        wanted = Math.Min(wanted, defects.Count);
        var bench = new TriageBench(new ViolationSource(plan, seeds, context.NewTarget), new Targets(context.NewTarget), context.Log);
        var rows = bench.Run(defects, wanted, violations, plan.Seed, stop);
        if (json) context.Results.WriteLine(JsonOutput.Line(Describe(plan, rows)));
        else Print(context.Results, rows);
        return ExitCode.Clean;
    }

    private static JsonObject Describe(FuzzPlan plan, IReadOnlyList<TriageRow> rows)
    {
        var (keys, own) = Count(rows);
        return new JsonObject
        {
            ["rows"] = new JsonArray([.. rows.Select(row => (JsonNode)row.Json())]),
            ["defects"] = rows.Count,
            ["violations"] = rows.Sum(row => row.Violations),
            ["keys"] = keys,
            ["keysOfOneDefect"] = own,
            ["mostKeysOfADefect"] = MostKeys(rows),
            ["seed"] = plan.Seed,
        };
    }

    private static void Print(TextWriter output, IReadOnlyList<TriageRow> rows)
    {
        var defectsOf = rows.SelectMany(row => row.Keys.Select(k => (k.Key, row.Defect.Id))).ToLookup(pair => pair.Key, pair => pair.Id);
        output.WriteLine("| id | name | violations | keys | finding |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var row in rows)
        {
            var keys = row.Keys.Select(k => Text($"`{k.Key}` {k.Violations}{Others(k.Key, row.Defect.Id)}"));
            output.WriteLine(Text($"| {row.Defect.Id} | {row.Defect.Name} | {row.Violations} | {row.Keys.Count} | ")
                + $"{string.Join("; ", keys)} |");
        }
        var (all, own) = Count(rows);
        output.WriteLine();
        output.WriteLine(Text($"{rows.Sum(row => row.Violations)} violations of {rows.Count} defects: {all} keys, {own} of one defect ")
            + Text($"({(all == 0 ? 0 : (double)own / all):p0}), at most {MostKeys(rows)} of a defect"));

        string Others(string key, string id)
        {
            var others = defectsOf[key].Where(other => other != id).ToList();
            return others.Count == 0 ? "" : $" (also {string.Join(", ", others)})";
        }
    }

    private static int MostKeys(IReadOnlyList<TriageRow> rows) => rows.Count == 0 ? 0 : rows.Max(row => row.Keys.Count);

    /// <summary>All keys, and those that only one defect has.</summary>
    private static (int All, int OfOne) Count(IReadOnlyList<TriageRow> rows)
    {
        var byKey = rows.SelectMany(row => row.Keys).GroupBy(count => count.Key).ToList();
        return (byKey.Count, byKey.Count(same => same.Count() == 1));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
