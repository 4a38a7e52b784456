using System.CommandLine;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench feedback: what each kind of feedback is worth.</summary>
internal sealed class BenchFeedbackVerb() : Measurement("feedback", "What each kind of feedback is worth.")
{
    private readonly Option<string> rounds = NewRounds();

    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        command.Add(rounds);
        AddSeed(command);
        AddExecutions(command, "executions of a run");
        AddVariantSettings(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        EngineReport.Feedback(settings, Positive(parsed, rounds), parsed.GetValue(Json), context);
}
