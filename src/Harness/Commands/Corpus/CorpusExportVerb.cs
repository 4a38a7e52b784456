using System.CommandLine;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;

namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>corpus export: writes all inputs as bytes.</summary>
internal sealed class CorpusExportVerb() : CorpusAction("export", "Writes all inputs as bytes.")
{
    private readonly Argument<string> folder = new("DIR") { Description = "where they are written" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = base.Describe();
        command.Add(folder);
        return command;
    }

    /// <inheritdoc/>
    protected override CorpusCount Do(ParseResult parsed, CorpusMinimizer minimizer, string own, LoadedSettings settings) =>
        minimizer.Export(Sources(own, settings), Folders.Creatable("", parsed.GetRequiredValue(folder)));

    /// <inheritdoc/>
    protected override string? Other(ParseResult parsed) => parsed.GetRequiredValue(folder);

    /// <inheritdoc/>
    protected override string Changed(ParseResult parsed, string own) => parsed.GetRequiredValue(folder);
}
