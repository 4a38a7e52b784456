using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace CcwFuzz.Harness.Engine;

/// <summary>Which edges were taken, and how often in orders of magnitude, in any execution so far.</summary>
/// <remarks>
/// A counter is classified as AFL does: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more, a bit each. An execution in which nothing
/// is new costs one pass over the counters, 16 at a time, and writes nothing.
/// </remarks>
/// <param name="probes">Number of counters.</param>
internal sealed class EdgeCoverage(int probes)
{
    private const int Lanes = 16;

    /// <summary>Buckets of counts below 16.</summary>
    private static readonly Vector128<byte> Few = Vector128.Create((byte)0, 1, 2, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16);

    /// <summary>Buckets of the others, by the upper half of the count.</summary>
    private static readonly Vector128<byte> Many = Vector128.Create(0, 32, 64, 64, 64, 64, 64, 64, 128, 128, 128, 128, 128, 128, 128, 128);

    private readonly byte[] seen = new byte[probes];

    /// <summary>Edges reached so far.</summary>
    public int Edges { get; private set; }

    /// <summary>Edges with their buckets reached so far.</summary>
    public int Buckets { get; private set; }

    /// <summary>The bucket of a counter, as a bit.</summary>
    public static byte BucketOf(byte count) => count < 16 ? Few[count] : Many[count >> 4];

    /// <summary>Adds the counters of an execution.</summary>
    /// <returns>How many (edge, bucket) were new.</returns>
    public int Merge(ReadOnlySpan<byte> counters)
    {
        var before = Buckets;
        ref var known = ref MemoryMarshal.GetArrayDataReference(seen);
        ref var first = ref MemoryMarshal.GetReference(counters);
        var i = 0;
        for (; i <= counters.Length - Lanes; i += Lanes)
        {
            var counts = Vector128.LoadUnsafe(ref first, (nuint)i);
            if (counts == Vector128<byte>.Zero) continue;
            if (Vector128.AndNot(Classify(counts), Vector128.LoadUnsafe(ref known, (nuint)i)) != Vector128<byte>.Zero)
                Add(counters, i, i + Lanes);
        }
        Add(counters, i, counters.Length);
        return Buckets - before;
    }

    private static Vector128<byte> Classify(Vector128<byte> counts)
    {
        var high = Vector128.ShiftRightLogical(counts.AsUInt16(), 4).AsByte() & Vector128.Create((byte)15);
        var many = Vector128.Shuffle(Many, high);
        var few = Vector128.Shuffle(Few, counts & Vector128.Create((byte)15));
        return Vector128.ConditionalSelect(Vector128.Equals(high, Vector128<byte>.Zero), few, many);
    }

    private void Add(ReadOnlySpan<byte> counters, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var bucket = BucketOf(counters[i]);
            if ((bucket & ~seen[i]) == 0) continue;
            if (seen[i] == 0) Edges++;
            seen[i] |= bucket;
            Buckets++;
        }
    }
}
