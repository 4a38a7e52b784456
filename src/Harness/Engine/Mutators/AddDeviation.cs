using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Attaches a departure from the default schedule to an operation.</summary>
internal sealed class AddDeviation : IMutator
{
    private readonly byte[] record = new byte[RecordCodec.Stride];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        RecordCodec.Encode(OperationGenerator.DrawDeviation(ref random), record);
        return buffer.Insert(buffer.StartOf(random.Below(buffer.Operations) + 1), record);
    }
}
