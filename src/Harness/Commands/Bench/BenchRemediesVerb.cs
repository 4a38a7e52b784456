using System.CommandLine;
using CcwFuzz.Harness.Benchmarks.MissingRemedies;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench remedies: executions to what each remedy mends.</summary>
internal sealed class BenchRemediesVerb() : Measurement(
    "remedies", "Executions it takes to find what each remedy mends, on hardened without it.")
{
    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        AddSeed(command);
        AddExecutions(command, "the most for each remedy (200000)");
        AddVariantSettings(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        RemedyReport.Run(settings, parsed.GetValue(Json), context);
}
