using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Takes a deviation out, or all of them.</summary>
internal sealed class RemoveDeviation : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        var index = Attachments.Pick(buffer, RecordKind.Deviation, ref random);
        if (index < 0) return false;
        buffer.Remove(index, 1);
        if (random.Below(8) != 0) return true;
        while ((index = Attachments.Pick(buffer, RecordKind.Deviation, ref random)) >= 0) buffer.Remove(index, 1);
        return true;
    }
}
