namespace CcwFuzz.Target.Simulation;

/// <summary>A small seeded generator: the same seed gives the same numbers on every machine and version.</summary>
/// <remarks>Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.</remarks>
public struct SplitMix(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);
}
