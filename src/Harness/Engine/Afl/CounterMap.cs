using CcwFuzz.Target;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>The map that other fuzzers read: the counters of all sources one after the other, then one of the finding.</summary>
/// <remarks>
/// Its size follows from the build, so that it is no larger than need be: afl-fuzz clears, classifies and compares all of it
/// for each execution. Each finding sets a counter of its own, so that two of them on one path are two crashes.
/// </remarks>
internal sealed class CounterMap
{
    private const int FindingCounters = 256;
    private const int Unit = 64;
    private readonly ICounterSource[] sources;
    private readonly int used;

    /// <summary>A map of what a target reaches.</summary>
    public CounterMap(FuzzTarget target)
        : this(new EdgeCounters(), new FeatureCounters(target.World.Features))
    {
    }

    /// <summary>A map of these sources.</summary>
    public CounterMap(params ICounterSource[] sources)
    {
        this.sources = sources;
        used = sources.Sum(s => s.Size);
        Size = (used + FindingCounters + Unit - 1) / Unit * Unit;
    }

    /// <summary>Bytes of the map.</summary>
    public int Size { get; }

    /// <summary>Writes what the last execution reached into a map that is all zero.</summary>
    /// <param name="map">The map; at least <see cref="Size"/> bytes.</param>
    /// <param name="key">Key of the finding it came upon, or null.</param>
    public void CopyTo(Span<byte> map, string? key)
    {
        foreach (var source in sources)
        {
            source.CopyTo(map[..source.Size]);
            map = map[source.Size..];
        }
        if (key is not null) map[(int)(Hash(key) % FindingCounters)] = 1;
    }

    private static uint Hash(string key)
    {
        var hash = 2166136261u;
        foreach (var c in key) hash = (hash ^ c) * 16777619;
        return hash;
    }
}
