using System.CommandLine;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Engine;

namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>corpus merge: removes what a smaller input reaches, too.</summary>
internal sealed class CorpusMergeVerb() : CorpusAction("merge", "Removes inputs that reach nothing a smaller one does not reach.")
{
    /// <inheritdoc/>
    protected override CorpusCount Do(ParseResult parsed, CorpusMinimizer minimizer, string own, LoadedSettings settings) =>
        minimizer.Merge(Existing(own));
}
