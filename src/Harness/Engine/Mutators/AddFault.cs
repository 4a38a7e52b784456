using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Lets an allocation of an operation fail.</summary>
internal sealed class AddFault : IMutator
{
    private readonly byte[] record = new byte[RecordCodec.Stride];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        RecordCodec.Encode(OperationGenerator.DrawFault(ref random), record);
        return buffer.Insert(buffer.StartOf(random.Below(buffer.Operations)) + 1, record);
    }
}
