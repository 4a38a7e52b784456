using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Prefers inputs that are the cheapest for some feature, and among those the ones on which least time was spent.</summary>
/// <remarks>
/// AFL's culling of the queue ("favored" entries), with a tournament in place of its rounds. Time is what there is to share out: an
/// input ten times as long is chosen a tenth as often. It is counted in scheduling points, so that a seed determines a run.
/// </remarks>
internal sealed class FavoredEnergy : IEnergy
{
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
    }

    /// <inheritdoc/>
    public CorpusEntry Pick(ref SplitMix random)
    {
        var from = favored.Count > 0 && random.Below(4) != 0 ? favored : all;
        var entry = from[random.Below(from.Count)];
        var rival = from[random.Below(from.Count)];
        if (rival.Spent < entry.Spent) entry = rival;
        entry.Spent += entry.Cost;
        return entry;
    }
}
