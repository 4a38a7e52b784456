using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>What a driver does to a device, as raw channel programs in their order: mostly right, some in another form.</summary>
/// <remarks>
/// The order is that of virtio 1.2, 4.3.3, and of virtio_ccw.c. A form that is wrong for one command only shows behind the others: hardly
/// any sequence of commands at random comes as far as a device that works.
/// </remarks>
internal static class RawLife
{
    private const int LeftOutIn = 4;
    private const int VariedIn = 6;

    private static readonly RawCommand[] Order =
    [
        RawCommand.SenseId, RawCommand.SetRev, RawCommand.VdevReset, RawCommand.ReadFeat, RawCommand.WriteFeat, RawCommand.ReadVqConf,
        RawCommand.SetVq, RawCommand.SetInd, RawCommand.SetConfInd, RawCommand.WriteStatus, RawCommand.ReadConf, RawCommand.WriteConf,
        RawCommand.ReadStatus, RawCommand.VdevReset,
    ];

    private static readonly RawForm[] Payloads = [RawForm.Wrong, RawForm.Size, RawForm.NoRing, RawForm.Filled];

    /// <summary>Most commands that one life has.</summary>
    public static int Longest => Order.Length;

    /// <summary>The commands of a part of a life on one slot, as records.</summary>
    /// <returns>How many bytes of the destination they take.</returns>
    public static int Draw(int slot, Span<byte> destination, ref SplitMix random)
    {
        var used = 0;
        // The reset at the end takes away what the others came to.
        var end = random.Below(2) == 0 ? Order.Length - 1 : 1 + random.Below(Order.Length);
        for (var i = 0; i < end; i++)
        {
            if (random.Below(LeftOutIn) == 0) continue;
            var command = Either(Order[i], ref random);
            var form = random.Below(VariedIn) == 0 ? Form(ref random) : Usual(command, ref random);
            Encode(slot, command, form, destination[used..]);
            used += RecordCodec.Stride;
        }
        return used;
    }

    /// <summary>The command that follows another one in a driver's life; any if none does.</summary>
    public static RawCommand After(RawCommand command, ref SplitMix random)
    {
        var at = Array.IndexOf(Order, command == RawCommand.SetIndAdapter ? RawCommand.SetInd : command);
        return Either(Order[at >= 0 && at + 1 < Order.Length ? at + 1 : random.Below(Order.Length)], ref random);
    }

    /// <summary>A form: half of them are about what the payload says, the others about the channel program.</summary>
    public static RawForm Form(ref SplitMix random) =>
        random.Below(2) == 0 ? Payloads[random.Below(Payloads.Length)] : (RawForm)random.Below(RawNames.Forms.Count);

    /// <summary>Any command, each as likely as another.</summary>
    public static RawCommand Command(ref SplitMix random) => (RawCommand)random.Below(RawNames.Commands.Count);

    /// <summary>Writes the operation of one command.</summary>
    public static void Encode(int slot, RawCommand command, RawForm form, Span<byte> record) =>
        RecordCodec.Encode(new Operation(Opcode.Raw, (byte)slot, (ushort)command, (ushort)form), record);

    /// <summary>As a driver does it; half of them have a buffer in the queue before the device begins to work.</summary>
    private static RawForm Usual(RawCommand command, ref SplitMix random) =>
        command == RawCommand.SetVq && random.Below(2) == 0 ? RawForm.Filled : RawForm.Right;

    /// <summary>Indicators are classic ones or an adapter's.</summary>
    private static RawCommand Either(RawCommand command, ref SplitMix random) =>
        command == RawCommand.SetInd && random.Below(2) == 0 ? RawCommand.SetIndAdapter : command;
}
