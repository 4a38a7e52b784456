using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>Counters of 8 bits that say what the last execution reached: one part of the map of afl-fuzz or libFuzzer.</summary>
internal interface ICounterSource
{
    /// <summary>Number of counters; the same in every process of a build.</summary>
    int Size { get; }

    /// <summary>Writes them.</summary>
    /// <param name="map">Their part of the map; all zero.</param>
    void CopyTo(Span<byte> map);
}

/// <summary>The features of the model, several cells of its map folded into one counter.</summary>
internal sealed class FeatureCounters(FeatureMap features) : ICounterSource
{
    /// <inheritdoc/>
    public int Size => 1 << 15;

    /// <inheritdoc/>
    public void CopyTo(Span<byte> map)
    {
        foreach (var feature in features.Touched) map[feature & (Size - 1)] = 1;
    }
}

/// <summary>The probes woven into the model; none if it was built without them.</summary>
internal sealed class EdgeCounters : ICounterSource
{
    /// <inheritdoc/>
    public int Size => EdgeMap.Counters.Length;

    /// <inheritdoc/>
    public void CopyTo(Span<byte> map) => EdgeMap.Counters.CopyTo(map);
}
