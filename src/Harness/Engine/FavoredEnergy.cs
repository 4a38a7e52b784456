using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Prefers inputs that are the shortest for some feature, and among those the ones that were chosen least.</summary>
/// <remarks>AFL's culling of the queue ("favored" entries), with a tournament in place of its rounds.</remarks>
internal sealed class FavoredEnergy : IEnergy
{
    private readonly List<CorpusEntry> all = [];
    private readonly List<CorpusEntry> favored = [];
    private readonly CorpusEntry?[] shortest = new CorpusEntry?[Coverage.Ids];

    /// <inheritdoc/>
    public void Added(CorpusEntry entry, ReadOnlySpan<int> reached)
    {
        all.Add(entry);
        foreach (var feature in reached)
        {
            if (shortest[feature] is { } current)
            {
                if (current.Bytes.Length <= entry.Bytes.Length) continue;
                if (--current.ShortestFor == 0) favored.Remove(current);
            }
            shortest[feature] = entry;
            entry.ShortestFor++;
        }
        if (entry.ShortestFor > 0) favored.Add(entry);
    }

    /// <inheritdoc/>
    public CorpusEntry Pick(ref SplitMix random)
    {
        var from = favored.Count > 0 && random.Below(4) != 0 ? favored : all;
        var entry = from[random.Below(from.Count)];
        var rival = from[random.Below(from.Count)];
        if (rival.Picks < entry.Picks) entry = rival;
        entry.Picks++;
        return entry;
    }
}
