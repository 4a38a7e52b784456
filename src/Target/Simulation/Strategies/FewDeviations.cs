namespace CcwFuzz.Target.Simulation.Strategies;

/// <summary>Deviates at a given number of decisions, evenly chosen among those that are expected.</summary>
/// <remarks>
/// Most bugs of a schedule need one or two switches at the right places. A walk with a rate comes to one of n decisions, and to no other
/// before it, far less often than once in n executions.
/// </remarks>
/// <param name="inner">What else applies: its deviations come first.</param>
public sealed class FewDeviations(IScheduleStrategy inner) : IScheduleStrategy
{
    private readonly HashSet<int> places = [];
    private SplitMix random;
    private ulong seed;
    private int decisions;

    /// <summary>Sets up one execution.</summary>
    public void Set(int count, int expectedDecisions, ulong seed)
    {
        this.seed = seed;
        random = new SplitMix(seed);
        places.Clear();
        for (var i = 0; i < count; i++) places.Add(random.Below(Math.Max(1, expectedDecisions)));
    }

    /// <inheritdoc/>
    public void Begin()
    {
        inner.Begin();
        random = new SplitMix(~seed);
        decisions = 0;
    }

    /// <inheritdoc/>
    public int Choose(in Decision decision)
    {
        var choice = inner.Choose(decision);
        return places.Contains(decisions++) && choice == 0 ? 1 + random.Below(decision.Count - 1) : choice;
    }
}
