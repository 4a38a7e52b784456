using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Engine;

/// <summary>The order in which inputs are played: first what shows most for what it costs.</summary>
/// <remarks>
/// What an input costs and reaches is known only after it ran. Until then its length stands for its cost, and the kinds of records
/// and of neighbouring records that no earlier input has stand for what it reaches. The order depends on the inputs alone.
/// </remarks>
internal static class SeedOrder
{
    /// <summary>Inputs of which all are played before the first mutant.</summary>
    private const int Few = 16;

    /// <summary>Of more inputs, this part is.</summary>
    private const int FirstPart = 8;

    /// <summary>What playing any input costs, in bytes of its length.</summary>
    private const double CostOfAny = 64;

    private const int Bytes = 256;

    /// <summary>How many inputs are played before the first mutant; after them, inputs and mutants take turns.</summary>
    public static int FirstOf(int count) => Math.Max(Few, count / FirstPart);

    /// <summary>The inputs in the order in which they are played.</summary>
    public static IReadOnlyList<byte[]> Of(IReadOnlyList<byte[]> inputs)
    {
        var kinds = inputs.Select(KindsOf).ToList();
        var seen = new HashSet<int>();
        (double Price, int Length, int Number) Rank(int number)
        {
            var length = inputs[number].Length;
            var fresh = kinds[number].Count(k => !seen.Contains(k));
            return (fresh == 0 ? double.PositiveInfinity : (CostOfAny + length) / fresh, length, number);
        }

        var waiting = new PriorityQueue<int, (double Price, int Length, int Number)>();
        for (var i = 0; i < inputs.Count; i++) waiting.Enqueue(i, Rank(i));
        var order = new List<byte[]>(inputs.Count);
        while (waiting.TryDequeue(out var number, out _))
        {
            // What was new in it may have come with another one meanwhile; a rank never gets better.
            var rank = Rank(number);
            if (waiting.TryPeek(out _, out var next) && rank.CompareTo(next) > 0)
            {
                waiting.Enqueue(number, rank);
                continue;
            }
            order.Add(inputs[number]);
            seen.UnionWith(kinds[number]);
        }
        return order;
    }

    private static HashSet<int> KindsOf(byte[] input)
    {
        var kinds = new HashSet<int>();
        for (var at = 0; at + RecordCodec.Stride <= input.Length; at += RecordCodec.Stride)
        {
            var following = at + RecordCodec.Stride < input.Length ? input[at + RecordCodec.Stride] : Bytes - 1;
            kinds.Add(input[at]);
            kinds.Add((Bytes * (1 + input[at])) + following);
        }
        return kinds;
    }
}
