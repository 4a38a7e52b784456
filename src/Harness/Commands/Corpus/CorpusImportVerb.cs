using System.CommandLine;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;

namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>corpus import: adds the inputs of a folder.</summary>
internal sealed class CorpusImportVerb() : CorpusAction("import", "Adds the inputs of a folder, also of afl-fuzz.")
{
    private readonly Argument<string> folder = new("DIR") { Description = "where the inputs are" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = base.Describe();
        command.Add(folder);
        return command;
    }

    /// <inheritdoc/>
    protected override CorpusCount Do(ParseResult parsed, CorpusMinimizer minimizer, string own, LoadedSettings settings) =>
        minimizer.Import(Folders.Existing("", parsed.GetRequiredValue(folder)), settings.CorpusToWrite() ?? own);

    /// <inheritdoc/>
    protected override string? Other(ParseResult parsed) => parsed.GetRequiredValue(folder);
}
