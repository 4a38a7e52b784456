using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Takes a fault out, or lets it hit another allocation.</summary>
internal sealed class ChangeFault : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        var index = Attachments.Pick(buffer, RecordKind.Fault, ref random);
        if (index < 0) return false;
        if (random.Below(2) == 0) buffer.Remove(index, 1);
        else RecordCodec.Encode(OperationGenerator.DrawFault(ref random), buffer.Record(index));
        return true;
    }
}
