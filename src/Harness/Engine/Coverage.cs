using System.Numerics;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>What an execution reached that no earlier one did: edges of the code, and features of the model.</summary>
/// <remarks>A target without probes has features only.</remarks>
internal sealed class Coverage
{
    private const int BucketsOfEdge = 8;
    private readonly EdgeCoverage edges = new(EdgeMap.Counters.Length);
    private readonly int[] hits = new int[FeatureMap.Size];
    private readonly int[] fresh = new int[FeatureMap.Size];
    private int freshCount;
    private int[] reached = new int[1024];

    /// <summary>Ways to be reached: a feature of the model, or an edge with a bucket.</summary>
    public static int Ids => FeatureMap.Size + (EdgeMap.Counters.Length * BucketsOfEdge);

    /// <summary>Features of the model reached so far.</summary>
    public int Features { get; private set; }

    /// <summary>Edges reached so far.</summary>
    public int Edges => edges.Edges;

    /// <summary>Features of the model that the last execution was the first to reach.</summary>
    public ReadOnlySpan<int> Fresh => fresh.AsSpan(0, freshCount);

    /// <summary>In how many executions a feature of the model was reached; those that violated something do not count.</summary>
    public int HitsOf(int feature) => hits[feature];

    /// <summary>Adds what the last execution reached.</summary>
    /// <returns>How much was new.</returns>
    public int Merge(World world)
    {
        freshCount = 0;
        foreach (var feature in world.Features.Touched)
        {
            if (hits[feature]++ == 0) fresh[freshCount++] = feature;
        }
        Features += freshCount;
        var edgesOrCounts = world.Features.Has(Feedback.Edges) ? edges.Merge(EdgeMap.Counters) : 0;
        return freshCount + edgesOrCounts;
    }

    /// <summary>Everything the last execution reached, new or not.</summary>
    public ReadOnlySpan<int> Reached(World world)
    {
        var count = 0;
        foreach (var feature in world.Features.Touched) Add(feature, ref count);
        if (world.Features.Has(Feedback.Edges))
        {
            var counters = EdgeMap.Counters;
            for (var i = 0; i < counters.Length; i++)
            {
                if (counters[i] == 0) continue;
                var bucket = BitOperations.TrailingZeroCount(EdgeCoverage.BucketOf(counters[i]));
                Add(FeatureMap.Size + (i * BucketsOfEdge) + bucket, ref count);
            }
        }
        return reached.AsSpan(0, count);
    }

    private void Add(int id, ref int count)
    {
        if (count == reached.Length) Array.Resize(ref reached, 2 * count);
        reached[count++] = id;
    }
}
