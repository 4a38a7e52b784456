namespace CcwFuzz.Target.Simulation.Strategies;

/// <summary>Probabilistic concurrency testing: random priorities, lowered at d-1 random places.</summary>
/// <remarks>
/// Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs,
/// ASPLOS 2010. Interrupts keep their default place; a change point demotes whoever would run next.
/// </remarks>
/// <param name="inner">What else applies: its deviations come first.</param>
public sealed class Pct(IScheduleStrategy inner) : IScheduleStrategy
{
    private readonly int[] changePoints = new int[8];
    private SplitMix random;
    private int decisions;
    private int depth = 3;
    private int lowest;

    /// <summary>Sets up one execution: bug depth (1 to 8) and the number of decisions expected.</summary>
    public void Seed(ulong seed, int bugDepth, int expectedDecisions)
    {
        random = new SplitMix(seed);
        depth = Math.Clamp(bugDepth, 1, changePoints.Length);
        for (var i = 0; i < depth - 1; i++) changePoints[i] = random.Below(Math.Max(1, expectedDecisions));
    }

    /// <inheritdoc/>
    public void Begin()
    {
        inner.Begin();
        decisions = 0;
        lowest = 0;
    }

    /// <inheritdoc/>
    public int Choose(in Decision decision)
    {
        var choice = inner.Choose(decision);
        var now = decisions++;
        if (choice != 0 || decision.ContextOf(0) is null) return choice;
        for (var i = 0; i < depth - 1; i++)
            if (changePoints[i] == now)
                decision.ContextOf(0)!.Priority = --lowest;
        var best = 0;
        for (var i = 0; i < decision.Count; i++)
        {
            if (decision.ContextOf(i) is not { } candidate) continue;
            if (candidate.Priority == 0) candidate.Priority = 1 + random.Below(1 << 20);
            if (candidate.Priority > decision.ContextOf(best)!.Priority) best = i;
        }
        return best;
    }
}
