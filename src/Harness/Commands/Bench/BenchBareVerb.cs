using System.CommandLine;
using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench bare: the target alone.</summary>
internal sealed class BenchBareVerb() : Measurement("bare", "The target alone, on the inputs that engines start from.")
{
    private readonly Option<string> seconds = NewSeconds(10, "the process");

    /// <inheritdoc/>
    protected override void Describe(Command command)
    {
        command.Add(seconds);
        AddVariantSettings(command);
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, LoadedSettings settings, CommandContext context) =>
        EngineReport.Bare(settings, Positive(parsed, seconds), context);
}
