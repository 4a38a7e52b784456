using System.CommandLine;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench engines: target, engines, workers, allocation, start, afl-fuzz.</summary>
internal sealed class BenchEnginesVerb() : Measurement(
    "engines", "Target, engines, workers, allocation, start, and afl-fuzz if it is there.")
{
    private readonly Option<string> rounds = NewRounds();
    private readonly Option<string> seconds = NewSeconds(10, "a process");

    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        command.Add(rounds);
        command.Add(seconds);
        AddSeed(command);
        AddExecutions(command, "executions of a run");
        AddVariantSettings(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        EngineReport.Engines(
            settings, Positive(parsed, rounds), Positive(parsed, seconds), parsed.GetValue(Config), parsed.GetValue(Json), context);
}
