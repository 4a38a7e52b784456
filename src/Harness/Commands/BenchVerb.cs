using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Benchmarks.MissingRemedies;
using CcwFuzz.Harness.Benchmarks.PastDefects;
using CcwFuzz.Harness.Benchmarks.TriageAtScale;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Triage;

namespace CcwFuzz.Harness.Commands;

/// <summary>bench: measures parts of the tool side by side.</summary>
internal sealed class BenchVerb : Verb
{
    private const string Minimization = "minimization";
    private const string Engines = "engines";
    private const string Feedback = "feedback";
    private const string Coverage = "coverage";
    private const string Bare = "bare";
    private const string PastDefects = "defects";
    private const string MissingRemedies = "remedies";
    private const string TriageAtScale = "triage";
    private const string Traces = "traces";
    private const int SecondsOfProcess = 10;
    private const int SecondsOfEngine = 60;

    private readonly Argument<string> what = new("WHAT")
    {
        Description = "minimization: minimizes long campaigns in which the filed findings are hidden; "
            + "engines: target, engines, workers, allocation, start, afl-fuzz if it is there; "
            + "coverage: edges that engines and afl-fuzz cover in the same time; feedback: what each kind of feedback is worth; "
            + "bare: the target alone, on the inputs that engines start from; "
            + "defects: executions it takes to find each past defect on top of hardened (or those of --defect); "
            + "remedies: executions it takes to find what each remedy mends on hardened without it (or those of --remedy); "
            + "triage: into which keys the violations of many past defects fall (or of those of --defect); "
            + "traces: a hash of each filed finding's trace, for comparing processes and machines",
    };

    private readonly Option<string> campaigns = new("--campaigns")
    {
        HelpName = "N",
        Description = "minimization: campaigns for each finding",
        DefaultValueFactory = _ => "3",
    };

    private readonly Option<string> rounds = new("--rounds")
    {
        HelpName = "N",
        Description = "engines, coverage, feedback: runs of each kind; medians are printed",
        DefaultValueFactory = _ => "5",
    };

    private readonly Option<string?> seconds = new("--seconds")
    {
        HelpName = "N",
        Description = $"engines, bare: seconds of a process ({SecondsOfProcess}); coverage: seconds of each engine ({SecondsOfEngine})",
    };

    private readonly Option<string> defects = new("--defects")
    {
        HelpName = "N",
        Description = "triage: the first N past defects with enough violations",
        DefaultValueFactory = _ => "20",
    };

    private readonly Option<string> violations = new("--violations")
    {
        HelpName = "N",
        Description = "triage: raw violations of all defects together",
        DefaultValueFactory = _ => "10000",
    };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        what.AcceptOnlyFromAmong(Minimization, Engines, Coverage, Feedback, Bare, PastDefects, MissingRemedies, TriageAtScale, Traces);
        var command = new Command("bench", "Measures parts of the tool side by side.")
        {
            what, campaigns, rounds, seconds, defects, violations,
        };
        AddSetting(command, "--findings", "findings", "DIR", "folder of the findings");
        AddSetting(command, "--seed", "seed", "N", "seed of what is drawn");
        AddSetting(command, "--executions", "executions", "N",
            "engines, feedback: executions of a run; defects, remedies, triage: the most for each (2000000, 200000, 20000)");
        AddVariantSettings(command);
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var settings = LoadSettings(parsed);
        var (configuration, json) = (parsed.GetValue(Config), parsed.GetValue(Json));
        int Seconds(int usual) => parsed.GetValue(seconds) is null ? usual : Positive(parsed, seconds!);
        return parsed.GetValue(what) switch
        {
            Engines => EngineReport.Engines(settings, Positive(parsed, rounds), Seconds(SecondsOfProcess), configuration, json, context),
            Coverage => EngineReport.Coverage(settings, Positive(parsed, rounds), Seconds(SecondsOfEngine), configuration, json, context),
            Feedback => EngineReport.Feedback(settings, Positive(parsed, rounds), json, context),
            Bare => EngineReport.Bare(settings, Seconds(SecondsOfProcess), context),
            PastDefects => DefectReport.Run(settings, json, context),
            TriageAtScale => TriageReport.Run(settings, Positive(parsed, defects), Positive(parsed, violations), json, context),
            MissingRemedies => RemedyReport.Run(settings, json, context),
            Traces => RunTraces(json, settings, context),
            _ => RunMinimization(parsed, settings, context),
        };
    }

    private static int RunTraces(bool json, LoadedSettings settings, CommandContext context)
    {
        var rows = TraceRow.All(settings.Values.Findings, new Targets(context.NewTarget));
        var objects = rows.Select(r => (JsonNode)new JsonObject { ["key"] = r.Key, ["steps"] = r.Steps, ["hash"] = r.Hash });
        if (json) context.Results.WriteLine(JsonOutput.Line(new JsonObject { ["rows"] = new JsonArray([.. objects]) }));
        else
            foreach (var r in rows)
                context.Results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{r.Hash} {r.Steps,6} {r.Key}"));
        return ExitCode.Clean;
    }

    private int RunMinimization(ParseResult parsed, LoadedSettings settings, CommandContext context)
    {
        var bench = new MinimizationBench(new Targets(context.NewTarget), context.Log);
        var rows = bench.Run(settings.Values.Findings, Positive(parsed, campaigns), settings.ResolveSeed());
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(new JsonObject { ["rows"] = Describe(rows) }));
        else Print(context.Results, rows);
        return ExitCode.Clean;
    }

    private static int Positive(ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetRequiredValue(option);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new UsageException($"{option.Name} is '{text}'; expected a number from 1 to {int.MaxValue}");
    }

    private static JsonArray Describe(IReadOnlyList<MinimizationRow> rows) => new([.. rows.Select(r => (JsonNode)new JsonObject
    {
        ["name"] = r.Name,
        ["campaigns"] = r.Campaigns,
        ["operationsBefore"] = r.OperationsBefore,
        ["operationsAfter"] = r.OperationsAfter,
        ["mostOperationsAfter"] = r.MostOperationsAfter,
        ["ratio"] = r.Ratio,
        ["deviationsBefore"] = r.DeviationsBefore,
        ["deviationsAfter"] = r.DeviationsAfter,
        ["faultsBefore"] = r.FaultsBefore,
        ["faultsAfter"] = r.FaultsAfter,
        ["executions"] = r.Executions,
        ["mostExecutions"] = r.MostExecutions,
        ["keyChanges"] = r.KeyChanges,
        ["notMinimal"] = r.NotMinimal,
    })]);

    private static void Print(TextWriter output, IReadOnlyList<MinimizationRow> rows)
    {
        output.WriteLine($"{"medians of campaigns that hide",-82} {"raw",5}  {"operations (most)",-23}  {"deviations",-11}  "
            + $"{"faults",-10}  executions (most)  key changes");
        foreach (var r in rows)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{r.Name,-82} {r.Campaigns,5}  {r.OperationsBefore,4} -> {r.OperationsAfter,-3} {r.Ratio,6:p0} {r.MostOperationsAfter,3}"
                + $"  {r.DeviationsBefore,4} -> {r.DeviationsAfter,-3}  {r.FaultsBefore,3} -> {r.FaultsAfter,-3}"
                + $"  {r.Executions,6} {r.MostExecutions,8}  {r.KeyChanges,3}{(r.NotMinimal > 0 ? $"  {r.NotMinimal} not minimal" : "")}"));
        }
    }
}
