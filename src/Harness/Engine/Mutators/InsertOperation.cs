using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Inserts an operation.</summary>
internal sealed class InsertOperation : IMutator
{
    private readonly byte[] record = new byte[RecordCodec.Stride];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations >= Campaign.MaxOperations) return false;
        RecordCodec.Encode(OperationGenerator.Draw(ref random), record);
        return buffer.Insert(buffer.StartOf(random.Below(buffer.Operations + 1)), record);
    }
}
