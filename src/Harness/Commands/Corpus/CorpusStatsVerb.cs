using System.CommandLine;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Engine;

namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>corpus stats: counts inputs.</summary>
internal sealed class CorpusStatsVerb() : CorpusAction("stats", "Counts inputs and what they reach.")
{
    /// <inheritdoc/>
    protected override CorpusCount Do(ParseResult parsed, CorpusMinimizer minimizer, string own, LoadedSettings settings) =>
        minimizer.Count(Sources(own, settings));
}
