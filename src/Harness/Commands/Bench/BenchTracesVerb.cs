using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Triage;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench traces: a hash of each filed finding's trace.</summary>
internal sealed class BenchTracesVerb() : Measurement(
    "traces", "A hash of each filed finding's trace, for comparing processes and machines.")
{
    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        AddFindings(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context)
    {
        var rows = TraceRow.All(settings.Values.Findings, new Targets(context.NewTarget));
        var objects = rows.Select(r => (JsonNode)new JsonObject { ["key"] = r.Key, ["steps"] = r.Steps, ["hash"] = r.Hash });
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(new JsonObject { ["rows"] = new JsonArray([.. objects]) }));
        else
            foreach (var r in rows)
                context.Results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{r.Hash} {r.Steps,6} {r.Key}"));
        return ExitCode.Clean;
    }
}
