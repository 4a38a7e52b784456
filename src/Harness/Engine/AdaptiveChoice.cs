using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Chooses among a few ways by what they brought lately for what they cost; each stays in use.</summary>
/// <remarks>
/// A bandit that matches probabilities: a quarter of the choices is even, the others are in proportion to gain for cost. What is
/// long ago counts less, because what brings something in the first minute brings nothing in the tenth. Whole numbers only: the
/// same seed chooses the same on every machine.
/// </remarks>
/// <param name="ways">Number of ways.</param>
internal sealed class AdaptiveChoice(int ways)
{
    private const int EvenIn = 4;
    private const int HalveAfter = 8192;
    private const long Scale = 1 << 16;

    /// <summary>What a way is taken to have brought, and to have cost, before it was tried.</summary>
    private const long FirstGain = 8, FirstCost = 8 * 1024;

    private readonly long[] gains = new long[ways];
    private readonly long[] costs = new long[ways];
    private int learnt;

    /// <summary>Chooses one.</summary>
    public int Pick(ref SplitMix random)
    {
        if (random.Below(EvenIn) == 0) return random.Below(ways);
        var sum = 0L;
        for (var way = 0; way < ways; way++) sum += WeightOf(way);
        var left = (long)(random.Next() % (ulong)sum);
        var chosen = 0;
        while ((left -= WeightOf(chosen)) >= 0) chosen++;
        return chosen;
    }

    /// <summary>Remembers what came of a way.</summary>
    /// <param name="way">Which one.</param>
    /// <param name="gain">What it brought; 0 if nothing.</param>
    /// <param name="cost">What it cost, in scheduling points.</param>
    public void Learn(int way, int gain, int cost)
    {
        gains[way] += gain;
        costs[way] += cost;
        if (++learnt < HalveAfter) return;
        learnt = 0;
        for (var i = 0; i < ways; i++) (gains[i], costs[i]) = (gains[i] / 2, costs[i] / 2);
    }

    private long WeightOf(int way) => 1 + ((gains[way] + FirstGain) * Scale / (costs[way] + FirstCost));
}
