namespace CcwFuzz.Harness.Backends;

/// <summary>
/// Decides whether a campaign shows its key about as often as another one does, with as few runs as that takes: Wald's sequential
/// probability ratio test, of "as often" against "at most a third as often".
/// </summary>
/// <remarks>
/// A. Wald, "Sequential Tests of Statistical Hypotheses", Annals of Mathematical Statistics 16 (1945). What shows each time is refused
/// after two misses; what shows in one of twenty runs needs two hits, or some 60 misses.
/// </remarks>
internal sealed class ReliabilityTest
{
    /// <summary>No reliability is taken for more: of a campaign that always shows, a run may miss by chance.</summary>
    private const double Most = 0.9;

    private const double Worse = 1.0 / 3;

    /// <summary>How often the test is wrong, either way.</summary>
    private const double Error = 0.1;

    private static readonly double Bound = Math.Log((1 - Error) / Error);
    private readonly double ofHit;
    private readonly double ofMiss;
    private double ratio;

    /// <summary>Begins a test.</summary>
    /// <param name="expected">How often the other campaign shows it: above 0, at most 1.</param>
    public ReliabilityTest(double expected)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(expected);
        var usual = Math.Min(expected, Most);
        ofHit = Math.Log(usual / (usual * Worse));
        ofMiss = Math.Log((1 - usual) / (1 - (usual * Worse)));
    }

    /// <summary>What came of it; null as long as it takes more runs.</summary>
    public bool? IsAsReliable => ratio >= Bound ? true : ratio <= -Bound ? false : null;

    /// <summary>Counts a run.</summary>
    public void Count(bool isHit) => ratio += isHit ? ofHit : ofMiss;
}
