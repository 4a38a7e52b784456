using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Engine;

/// <summary>An input that reached something new when it was added.</summary>
/// <param name="bytes">The input; it replays by itself.</param>
/// <param name="decisions">Scheduling decisions of its execution.</param>
/// <param name="steps">Scheduling points of its execution, which is what it costs.</param>
/// <param name="fresh">Some of the features that it was the first to reach.</param>
internal sealed class CorpusEntry(byte[] bytes, int decisions, int steps, ReadOnlySpan<int> fresh)
{
    private const int CostOfAny = 100;
    private const int CostOfOperation = 16;
    private const int FreshKept = 4;

    /// <summary>The input.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>Scheduling decisions of its execution.</summary>
    public int Decisions { get; } = decisions;

    /// <summary>Some of the features that it was the first to reach; none if only edges were new.</summary>
    public int[] Fresh { get; } = fresh[..Math.Min(fresh.Length, FreshKept)].ToArray();

    /// <summary>Scheduling points of its execution, and a bit for its operations and for what each execution costs anyway.</summary>
    public int Cost { get; } = CostOfAny + steps + (CostOfOperation * (bytes.Length / RecordCodec.Stride));

    /// <summary>What the executions of its mutants cost about: its cost for each time it was chosen as a parent.</summary>
    public long Spent { get; set; }

    /// <summary>For how much of what is reached it is the cheapest input known.</summary>
    public int CheapestFor { get; set; }
}

/// <summary>Chooses which input is mutated next.</summary>
internal interface IEnergy
{
    /// <summary>An input was added.</summary>
    void Added(CorpusEntry entry, ReadOnlySpan<int> reached);

    /// <summary>Chooses a parent; there is at least one input.</summary>
    CorpusEntry Pick(ref Target.Simulation.SplitMix random);
}
