namespace CcwFuzz.Harness.Commands.Corpus;

/// <summary>corpus: imports, exports, merges and counts inputs.</summary>
internal sealed class CorpusVerb() : VerbGroup("corpus", "Keeps the corpus small.")
{
    /// <inheritdoc/>
    protected override IEnumerable<Verb> Verbs() =>
        [new CorpusImportVerb(), new CorpusExportVerb(), new CorpusMergeVerb(), new CorpusStatsVerb()];
}
