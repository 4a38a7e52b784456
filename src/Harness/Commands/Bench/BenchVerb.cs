namespace CcwFuzz.Harness.Commands.Bench;

/// <summary>bench: measures parts of the tool side by side.</summary>
internal sealed class BenchVerb() : VerbGroup("bench", "Measures parts of the tool side by side.")
{
    /// <inheritdoc/>
    protected override IEnumerable<Verb> Verbs() =>
    [
        new BenchEnginesVerb(), new BenchCoverageVerb(), new BenchFeedbackVerb(), new BenchBareVerb(), new BenchMinimizationVerb(),
        new BenchDefectsVerb(), new BenchRemediesVerb(), new BenchTriageVerb(), new BenchTracesVerb(),
    ];
}
