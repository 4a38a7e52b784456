using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Replaces an operation by another one; what is attached to it stays.</summary>
internal sealed class ReplaceOperation : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        RecordCodec.Encode(OperationGenerator.Draw(ref random), buffer.Record(buffer.StartOf(random.Below(buffer.Operations))));
        return true;
    }
}
