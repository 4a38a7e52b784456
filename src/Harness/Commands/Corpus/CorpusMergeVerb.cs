using System.CommandLine;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;

namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>corpus merge: removes what a smaller input reaches, too.</summary>
internal sealed class CorpusMergeVerb() : CorpusAction("merge", "Removes inputs that reach nothing a smaller one does not reach.")
{
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "delete nothing, and say what would be deleted" };

    private readonly List<string> deleted = [];

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = base.Describe();
        command.Add(dryRun);
        return command;
    }

    /// <inheritdoc/>
    protected override CorpusCount Do(ParseResult parsed, CorpusMinimizer minimizer, string own, LoadedSettings settings) =>
        minimizer.Merge(Existing(own), parsed.GetValue(dryRun), deleted);

    /// <inheritdoc/>
    protected override void TellMore(ParseResult parsed, CommandContext context)
    {
        if (parsed.GetValue(dryRun))
            foreach (var path in deleted) context.Log.WriteLine($"would delete {Visible.Line(path)}");
    }
}
