namespace CcwFuzz.Harness.Engine;

/// <summary>An input that reached something new when it was added.</summary>
/// <param name="bytes">The input; it replays by itself.</param>
/// <param name="decisions">Scheduling decisions of its execution.</param>
internal sealed class CorpusEntry(byte[] bytes, int decisions)
{
    /// <summary>The input.</summary>
    public byte[] Bytes { get; } = bytes;

    /// <summary>Scheduling decisions of its execution.</summary>
    public int Decisions { get; } = decisions;

    /// <summary>How often it was chosen as a parent.</summary>
    public long Picks { get; set; }

    /// <summary>For how much of what is reached it is the shortest input known.</summary>
    public int ShortestFor { get; set; }
}

/// <summary>Chooses which input is mutated next.</summary>
internal interface IEnergy
{
    /// <summary>An input was added.</summary>
    void Added(CorpusEntry entry, ReadOnlySpan<int> reached);

    /// <summary>Chooses a parent; there is at least one input.</summary>
    CorpusEntry Pick(ref Target.Simulation.SplitMix random);
}
