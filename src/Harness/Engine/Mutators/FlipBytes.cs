using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Overwrites one or two bytes anywhere: reaches what the other mutators would not think of.</summary>
internal sealed class FlipBytes : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Records == 0) return false;
        var record = buffer.Record(random.Below(buffer.Records));
        for (var i = random.Below(2); i >= 0; i--) record[random.Below(RecordCodec.Stride)] = (byte)random.Next();
        return true;
    }
}
