using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Triage;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench minimization: long campaigns in which the filed findings are hidden.</summary>
internal sealed class BenchMinimizationVerb() : Measurement(
    "minimization", "Minimizes long campaigns in which the filed findings are hidden.")
{
    private readonly Option<string> campaigns = Number("--campaigns", 3, "campaigns for each finding");

    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        command.Add(campaigns);
        AddFindings(command);
        AddSeed(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context)
    {
        var bench = new MinimizationBench(new Targets(context.NewTarget), context.Log);
        var rows = bench.Run(settings.Values.Findings, Positive(parsed, campaigns), settings.ResolveSeed());
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(new JsonObject { ["rows"] = Describe(rows) }));
        else Print(context.Results, rows);
        return ExitCode.Clean;
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
