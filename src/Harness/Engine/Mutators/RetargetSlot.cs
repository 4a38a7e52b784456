using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Lets an operation, or all operations of a slot, concern another slot.</summary>
internal sealed class RetargetSlot : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        var chosen = random.Below(buffer.Operations);
        var slot = (byte)OperationGenerator.Slot(ref random);
        var before = RecordCodec.DecodeOperation(buffer.Record(buffer.StartOf(chosen)));
        if (before.Slot == slot || !OperationCatalogue.Of(before.Opcode).HasSlot) return false;
        var all = random.Below(2) == 0;
        for (var i = all ? 0 : chosen; i < (all ? buffer.Operations : chosen + 1); i++)
        {
            var record = buffer.Record(buffer.StartOf(i));
            var operation = RecordCodec.DecodeOperation(record);
            if (operation.Slot == before.Slot && OperationCatalogue.Of(operation.Opcode).HasSlot)
                RecordCodec.Encode(operation with { Slot = slot }, record);
        }
        return true;
    }
}
