using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Commands;

/// <summary>bench: measures on this machine, in one run.</summary>
internal sealed class BenchVerb : Verb
{
    private const string Engines = "engines";
    private const string Feedback = "feedback";
    private const int UsualRounds = 5;
    private const long UsualExecutions = 4000;

    private readonly Argument<string> what = new("WHAT")
    {
        Description = "engines: target, engine, workers, allocation, start; feedback: what each kind of feedback is worth",
    };

    private readonly Option<int> rounds =
        new("--rounds") { HelpName = "N", DefaultValueFactory = _ => UsualRounds, Description = "runs of each kind; medians are printed" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("bench", "Measures the engines side by side.") { what, rounds };
        AddSetting(command, "--executions", "executions", "N", "executions of a run");
        AddSetting(command, "--seed", "seed", "N", "where all choices come from");
        AddVariantSettings(command);
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var count = parsed.GetValue(rounds);
        if (count < 1) throw new UsageException($"--rounds: {count} is too few; expected at least 1");
        var folder = Directory.CreateTempSubdirectory("ccwfuzz-bench-").FullName;
        try
        {
            var plan = Plan(settings, folder);
            var rows = parsed.GetValue(what) switch
            {
                Engines => EngineRows(plan, count, settings, parsed.GetValue(Config), context),
                Feedback => new FeedbackBench(plan, context.NewTarget).Run(count),
                var other => throw new UsageException($"'{other}' cannot be measured; expected {Engines} or {Feedback}"),
            };
            if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(Describe(plan, count, rows)));
            else Print(context.Results, rows);
            return ExitCode.Clean;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Other engines on the same target add their rows here, in this process's run.</summary>
    private static JsonArray EngineRows(FuzzPlan plan, int count, LoadedSettings settings, string? configuration, CommandContext context)
    {
        var seeds = CorpusFolder.Load(settings.Values.Corpus.Seeds, context.Log);
        List<BenchRow> rows =
        [
            .. new EngineBench(plan, seeds, context.NewTarget).Run(count),
            .. new ProcessBench(plan, configuration).Run(count),
        ];
        return [.. rows.Select(r => (JsonNode)r.Json())];
    }

    private static FuzzPlan Plan(LoadedSettings settings, string folder) => new()
    {
        Variant = settings.ResolveVariant(),
        Seed = settings.ResolveSeed(),
        Engine = "guided",
        Executions = settings.Values.Executions > 0 ? settings.Values.Executions : UsualExecutions,
        Findings = folder,
    };

    private static JsonObject Describe(FuzzPlan plan, int count, JsonArray rows) => new JsonObject
    {
        ["rows"] = rows,
        ["rounds"] = count,
        ["executions"] = plan.Executions,
        ["seed"] = plan.Seed,
        ["processors"] = Environment.ProcessorCount,
        ["probes"] = EdgeMap.Counters.Length,
    }.AddVariant(plan.Variant);

    private static string Text(string name, JsonNode value) => string.Create(CultureInfo.InvariantCulture, $"{name} {value}");

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
}
