using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>Where the next input comes from.</summary>
internal interface IInputSource
{
    /// <summary>Fills the buffer with the next input.</summary>
    /// <returns>How many scheduling decisions its execution is expected to have; 0 if nobody knows.</returns>
    int Next(RecordBuffer buffer, ref SplitMix random);

    /// <summary>An input reached something new.</summary>
    void Keep(CorpusEntry entry, ReadOnlySpan<int> reached);

    /// <summary>What came of the last input.</summary>
    /// <param name="gain">What is new; 0 if nothing.</param>
    /// <param name="cost">Scheduling points it took.</param>
    void Learn(int gain, int cost)
    {
    }

    /// <summary>Inputs kept.</summary>
    int Count { get; }
}

/// <summary>Campaigns at random; nothing is learnt.</summary>
internal sealed class RandomSource : IInputSource
{
    private readonly CampaignGenerator generator = new();

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public int Next(RecordBuffer buffer, ref SplitMix random)
    {
        generator.Generate(buffer, ref random);
        return 0;
    }

    /// <inheritdoc/>
    public void Keep(CorpusEntry entry, ReadOnlySpan<int> reached) => Count++;
}

/// <summary>Bytes at random: what everything else is measured against. Short inputs are as frequent as long ones, which are slow.</summary>
internal sealed class ByteSource : IInputSource
{
    private const int LongestLog2 = 9;
    private readonly byte[] bytes = new byte[Campaign.MaxBytes];

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public int Next(RecordBuffer buffer, ref SplitMix random)
    {
        var records = 1 + random.Below(1 << (1 + random.Below(LongestLog2)));
        var used = bytes.AsSpan(0, records * RecordCodec.Stride);
        for (var i = 0; i < used.Length; i++) used[i] = (byte)random.Next();
        buffer.Load(used);
        return 0;
    }

    /// <inheritdoc/>
    public void Keep(CorpusEntry entry, ReadOnlySpan<int> reached) => Count++;
}

/// <summary>Mutations of inputs that reached something new, now and then a campaign at random.</summary>
/// <param name="energy">Chooses the parents.</param>
/// <param name="lengths">How long operations take.</param>
internal sealed class GuidedSource(IEnergy energy, OperationLengths lengths) : IInputSource
{
    private const int FreshIn = 32;
    private readonly CampaignGenerator generator = new();
    private readonly MutatorSet mutators = new(lengths);
    private readonly RecordBuffer other = new();

    /// <inheritdoc/>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public int Next(RecordBuffer buffer, ref SplitMix random)
    {
        if (Count == 0 || random.Below(FreshIn) == 0)
        {
            generator.Generate(buffer, ref random);
            mutators.Forget();
            return 0;
        }
        var parent = energy.Pick(ref random);
        buffer.Load(parent.Bytes);
        other.Load(energy.Pick(ref random).Bytes);
        mutators.Mutate(buffer, other, ref random);
        return parent.Decisions;
    }

    /// <inheritdoc/>
    public void Learn(int gain, int cost) => mutators.Learn(gain, cost);

    /// <inheritdoc/>
    public void Keep(CorpusEntry entry, ReadOnlySpan<int> reached)
    {
        Count++;
        energy.Added(entry, reached);
    }
}
