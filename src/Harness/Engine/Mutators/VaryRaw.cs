using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Gives a raw channel program another form or another command, or lets the device's next command follow.</summary>
internal sealed class VaryRaw : IMutator
{
    private readonly byte[] record = new byte[RecordCodec.Stride];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        var chosen = Pick(buffer, ref random);
        if (chosen < 0) return false;
        var at = buffer.Record(buffer.StartOf(chosen));
        var before = RecordCodec.DecodeOperation(at);
        switch (random.Below(4))
        {
            case 0:
                if (buffer.Operations >= Campaign.MaxOperations) return false;
                RawLife.Encode(before.Slot, RawLife.After(before.RawCommand, ref random), RawForm.Right, record);
                return buffer.Insert(buffer.StartOf(chosen + 1), record);
            case 1:
                RecordCodec.Encode(before with { A = (ushort)RawLife.Command(ref random) }, at);
                return true;
            default:
                RecordCodec.Encode(before with { B = (ushort)RawLife.Form(ref random) }, at);
                return true;
        }
    }

    /// <summary>One of the raw channel programs, or -1 if there is none.</summary>
    private static int Pick(RecordBuffer buffer, ref SplitMix random)
    {
        var count = 0;
        for (var i = 0; i < buffer.Operations; i++)
            if (IsRaw(buffer, i)) count++;
        if (count == 0) return -1;
        var wanted = random.Below(count);
        for (var i = 0; ; i++)
            if (IsRaw(buffer, i) && wanted-- == 0) return i;
    }

    private static bool IsRaw(RecordBuffer buffer, int operation) =>
        RecordCodec.DecodeOperation(buffer.Groups(operation, 1)).Opcode == Opcode.Raw;
}
