using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Measurements of the engine, as rows for people and as JSON.</summary>
internal static class EngineReport
{
    private const long UsualExecutions = 4000;

    /// <summary>Target, engines, workers, allocation, start, afl-fuzz.</summary>
    public static int Engines(
        LoadedSettings settings, int rounds, double seconds, string? configuration, bool json, CommandContext context) =>
        Report(settings, rounds, json, context, plan =>
        {
            var target = context.NewTarget(plan.Variant);
            var seeds = Seeds(settings, target, context);
            context.Log.WriteLine($"target and engines in this process, {rounds} rounds of {plan.Executions} executions each");
            List<BenchRow> rows =
            [
                .. new EngineBench(plan, seeds, context.NewTarget).Run(rounds),
                .. new ProcessBench(plan, configuration, seconds, seeds, target, context.Log).Run(rounds),
            ];
            return [.. rows.Select(r => (JsonNode)r.Json())];
        });

    /// <summary>Edges that engines, afl-fuzz among them, cover in the same time from the same inputs.</summary>
    public static int Coverage(
        LoadedSettings settings, int rounds, double seconds, string? configuration, bool json, CommandContext context) =>
        Report(settings, rounds, json, context, plan =>
        {
            var target = context.NewTarget(plan.Variant);
            var seeds = Seeds(settings, target, context);
            var rows = new CoverageBench(plan, configuration, seconds, seeds, target, context.Log).Run(rounds);
            return [.. rows.Select(r => (JsonNode)r.Json())];
        });

    /// <summary>The target alone on the inputs that engines start from.</summary>
    public static int Bare(LoadedSettings settings, double seconds, CommandContext context)
    {
        var target = context.NewTarget(settings.ResolveVariant());
        return BareLoop.Run(target, Seeds(settings, target, context), seconds, context);
    }

    private static IReadOnlyList<byte[]> Seeds(LoadedSettings settings, FuzzTarget target, CommandContext context) =>
        CleanSeeds.Of(CorpusFolder.Load(settings.Seeds(), context.Log), target);

    /// <summary>What each kind of feedback is worth.</summary>
    public static int Feedback(LoadedSettings settings, int rounds, bool json, CommandContext context) =>
        Report(settings, rounds, json, context, plan => new FeedbackBench(plan, context.NewTarget).Run(rounds));

    private static int Report(LoadedSettings settings, int rounds, bool json, CommandContext context, Func<FuzzPlan, JsonArray> measure)
    {
        var folder = Directory.CreateTempSubdirectory("ccwfuzz-bench-").FullName;
        try
        {
            var plan = new FuzzPlan
            {
                Variant = settings.ResolveVariant(),
                Seed = settings.ResolveSeed(),
                Engine = "guided",
                Executions = settings.Values.Executions > 0 ? settings.Values.Executions : UsualExecutions,
                Findings = folder,
            };
            var rows = measure(plan);
            if (json) context.Results.WriteLine(JsonOutput.Line(Describe(plan, rounds, rows)));
            else Print(context.Results, rows);
            return ExitCode.Clean;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonObject Describe(FuzzPlan plan, int rounds, JsonArray rows) => new JsonObject
    {
        ["rows"] = rows,
        ["rounds"] = rounds,
        ["executions"] = plan.Executions,
        ["seed"] = plan.Seed,
        ["processors"] = Environment.ProcessorCount,
        ["probes"] = EdgeMap.Counters.Length,
    }.AddVariant(plan.Variant);

    private static void Print(TextWriter output, JsonArray rows)
    {
        foreach (var row in rows)
        {
            var texts = row!.AsObject()
                .Where(p => p.Value is not null and not JsonArray)
                .Select(p => p.Key is "name" or "feedback" ? $"{p.Value,-40}" : Text(p.Key, p.Value!));
            output.WriteLine(string.Join("  ", texts));
        }
    }

    private static string Text(string name, JsonNode value) => string.Create(CultureInfo.InvariantCulture, $"{name} {value}");
}
