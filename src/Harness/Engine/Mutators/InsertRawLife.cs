using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Lets another program drive a device for a while, which Linux ignores from then on, or from the start.</summary>
internal sealed class InsertRawLife : IMutator
{
    private const int Around = 4;

    /// <summary>What a driver did shows when the device works, goes, or is Linux's again.</summary>
    private static readonly Opcode[] Consequences =
    [
        Opcode.Read, Opcode.Read, Opcode.ConfigChange, Opcode.Interrupt, Opcode.Unplug, Opcode.CioIgnore, Opcode.Reset, Opcode.Raw,
    ];

    private readonly byte[] records = new byte[(RawLife.Longest + Around) * RecordCodec.Stride];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        var slot = OperationGenerator.Slot(ref random);
        var at = random.Below(buffer.Operations + 1);
        var used = 0;
        var (isPlugged, isIgnored) = Before(buffer, at, slot);
        if (isPlugged && !isIgnored)
        {
            Add(Opcode.Offline, 0, slot, ref used);
            Add(Opcode.CioIgnore, (int)IgnoreAction.Add, slot, ref used);
            Add(Opcode.CioIgnore, (int)IgnoreAction.Purge, slot, ref used);
        }
        if (!isPlugged)
        {
            if (!isIgnored) Add(Opcode.CioIgnore, (int)IgnoreAction.Add, slot, ref used);
            Put(OperationGenerator.Draw(Opcode.Plug, slot, ref random) with { B = 0, Run = 0 }, ref used);
        }
        used += RawLife.Draw(slot, records.AsSpan(used), ref random);
        if (random.Below(4) != 0)
            Put(OperationGenerator.Draw(Consequences[random.Below(Consequences.Length)], slot, ref random), ref used);
        var count = used / RecordCodec.Stride;
        return buffer.Operations + count <= Campaign.MaxOperations && buffer.Insert(buffer.StartOf(at), records.AsSpan(0, used));
    }

    /// <summary>What the operations before one leave a slot as, as far as they tell.</summary>
    private static (bool IsPlugged, bool IsIgnored) Before(RecordBuffer buffer, int end, int slot)
    {
        var (isPlugged, isIgnored) = (false, false);
        for (var i = 0; i < end; i++)
        {
            var operation = RecordCodec.DecodeOperation(buffer.Groups(i, 1));
            if (operation.Slot != slot) continue;
            if (operation.Opcode == Opcode.Plug) isPlugged = true;
            if (operation.Opcode == Opcode.Unplug) isPlugged = false;
            if (operation.Opcode == Opcode.CioIgnore && operation.Ignore != IgnoreAction.Purge)
                isIgnored = operation.Ignore == IgnoreAction.Add;
        }
        return (isPlugged, isIgnored);
    }

    private void Add(Opcode opcode, int argument, int slot, ref int used) =>
        Put(new Operation(opcode, (byte)slot, (ushort)argument), ref used);

    private void Put(Operation operation, ref int used)
    {
        RecordCodec.Encode(operation, records.AsSpan(used, RecordCodec.Stride));
        used += RecordCodec.Stride;
    }
}
