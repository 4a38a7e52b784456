using System.CommandLine;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench coverage: edges that engines and afl-fuzz cover in the same time.</summary>
internal sealed class BenchCoverageVerb() : Measurement("coverage", "Edges that engines and afl-fuzz cover in the same time.")
{
    private readonly Option<string> rounds = NewRounds();
    private readonly Option<string> seconds = NewSeconds(60, "each engine");

    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        command.Add(rounds);
        command.Add(seconds);
        AddSeed(command);
        AddVariantSettings(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        EngineReport.Coverage(
            settings, Positive(parsed, rounds), Positive(parsed, seconds), parsed.GetValue(Config), parsed.GetValue(Json), context);
}
