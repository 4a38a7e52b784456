using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Lets a deviation happen a little earlier or later, or choose something else.</summary>
internal sealed class MoveDeviation : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        var index = Attachments.Pick(buffer, RecordKind.Deviation, ref random);
        if (index < 0) return false;
        var record = buffer.Record(index);
        var deviation = RecordCodec.DecodeDeviation(record, 0);
        deviation = random.Below(4) == 0
            ? deviation with { Choice = OperationGenerator.DrawDeviation(ref random).Choice }
            : deviation with { Point = Math.Clamp(deviation.Point + random.Below(17) - 8, 0, RecordCodec.MaxPoint) };
        RecordCodec.Encode(deviation, record);
        return true;
    }
}
