namespace CcwFuzz.Target.Simulation.Strategies;

/// <summary>At every decision deviates with a fixed probability, to an alternative chosen evenly.</summary>
/// <param name="inner">What else applies: its deviations come first.</param>
public sealed class RandomWalk(IScheduleStrategy inner) : IScheduleStrategy
{
    private SplitMix random;

    /// <summary>Deviations per 256 decisions.</summary>
    public int Rate { get; set; } = 8;

    /// <summary>Where its choices come from.</summary>
    public void Seed(ulong seed) => random = new SplitMix(seed);

    /// <inheritdoc/>
    public void Begin() => inner.Begin();

    /// <inheritdoc/>
    public int Choose(in Decision decision)
    {
        var choice = inner.Choose(decision);
        if (choice != 0 || random.Below(256) >= Rate) return choice;
        return 1 + random.Below(decision.Count - 1);
    }
}
