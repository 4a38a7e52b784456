using System.Numerics;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Prefers inputs that are the cheapest for some feature, and among those the ones on which least time was spent.</summary>
/// <remarks>
/// AFL's culling of the queue ("favored" entries), with a tournament in place of its rounds. Time is what there is to share out: an
/// input ten times as long is chosen a tenth as often. It is counted in scheduling points, so that a seed determines a run.
/// An input that was the first to reach what is rarely reached gets more of it (Boehme, Pham, Roychoudhury: Coverage-based greybox
/// fuzzing as Markov chain, CCS 2016).
/// </remarks>
/// <param name="hitsOf">In how many executions a feature of the model was reached so far.</param>
internal sealed class FavoredEnergy(Func<int, int> hitsOf) : IEnergy
{
    private const int CullAfter = 1024;

    /// <summary>Executions that reach an ordinary feature; what has no rarer one counts so.</summary>
    private const int Usual = 4096;

    private int sinceCull;
    private readonly List<CorpusEntry> all = [];
    private readonly List<CorpusEntry> favored = [];
    private readonly CorpusEntry?[] cheapest = new CorpusEntry?[Coverage.Ids];

    /// <inheritdoc/>
    public void Added(CorpusEntry entry, ReadOnlySpan<int> reached)
    {
        all.Add(entry);
        foreach (var feature in reached)
        {
            if (cheapest[feature] is { } current)
            {
                if (current.Cost <= entry.Cost) continue;
                if (--current.CheapestFor == 0) favored.Remove(current);
            }
            cheapest[feature] = entry;
            entry.CheapestFor++;
        }
        if (entry.CheapestFor > 0) favored.Add(entry);
        if (++sinceCull < CullAfter) return;
        // What others reach more cheaply, all of it, had its chance.
        sinceCull = 0;
        all.RemoveAll(e => e.CheapestFor == 0 && e.Spent > 0);
    }

    /// <inheritdoc/>
    public CorpusEntry Pick(ref SplitMix random)
    {
        var from = favored.Count > 0 && random.Below(4) != 0 ? favored : all;
        var entry = from[random.Below(from.Count)];
        var rival = from[random.Below(from.Count)];
        if (Priority(rival) < Priority(entry)) entry = rival;
        entry.Spent += entry.Cost;
        return entry;
    }

    /// <summary>Least is first: time spent, more bearable for what is rare.</summary>
    private long Priority(CorpusEntry entry)
    {
        var rarest = Usual;
        foreach (var feature in entry.Fresh) rarest = Math.Min(rarest, hitsOf(feature));
        return entry.Spent * (1 + BitOperations.Log2((uint)rarest));
    }
}
