using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Native;

/// <summary>Our mutators for other fuzzers: bytes in, bytes out, decided by a seed.</summary>
internal sealed class NativeMutator(ulong seed)
{
    private const int FreshIn = 32;
    private readonly CampaignGenerator generator = new();
    private readonly MutatorSet mutators = new(new OperationLengths());
    private readonly RecordBuffer buffer = new();
    private readonly RecordBuffer other = new();
    private SplitMix random = new(seed);

    /// <summary>Makes a new input out of one, or of two, now and then of none.</summary>
    /// <param name="input">What is changed.</param>
    /// <param name="partner">Another input of the corpus, or nothing.</param>
    /// <param name="output">Where the new one goes; whole records of it are used.</param>
    /// <returns>Bytes written; 0 only if there is no room for one record.</returns>
    public int Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> partner, Span<byte> output)
    {
        buffer.Load(input);
        if (buffer.Records == 0 || random.Below(FreshIn) == 0)
        {
            generator.Generate(buffer, ref random);
        }
        else
        {
            other.Load(partner.Length < RecordCodec.Stride ? input : partner);
            mutators.Mutate(buffer, other, ref random);
            // An input without a record is nothing to a fuzzer.
            if (buffer.Records == 0) generator.Generate(buffer, ref random);
        }
        var length = Math.Min(buffer.Bytes.Length, output.Length / RecordCodec.Stride * RecordCodec.Stride);
        buffer.Bytes[..length].CopyTo(output);
        return length;
    }

    /// <summary>Begins again from another seed.</summary>
    public void Seed(ulong newSeed) => random = new SplitMix(newSeed);
}
