using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Tests.Channel;

/// <summary>Which parts of the freestanding program a recording was made with.</summary>
/// <param name="RevisionFirst">SET_VIRTIO_REV comes before any other command.</param>
/// <param name="StatusBeforeRevision">READ_STATUS is tried without a revision.</param>
/// <param name="AdapterIndicators">SET_IND_ADAPTER and what follows from it.</param>
/// <param name="Unplug">Waits for the device to go, at the end.</param>
internal sealed record BareMetalOptions(bool RevisionFirst, bool StatusBeforeRevision, bool AdapterIndicators, bool Unplug);

/// <summary>The freestanding program of the recordings, run against the model: the same operations, the same lines.</summary>
/// <remarks>Its CCWs lie where the recorded program had them, so that channel program addresses are equal.</remarks>
internal sealed partial class BareMetalProgram(ChannelSubsystem channel, GuestMemory memory, BareMetalOptions options)
{
    private const uint Program = 0x28f78;
    private const uint Buffer = 0x2a000;
    private const uint NextPage = Buffer + 4096;
    private const CcwFlags Sli = CcwFlags.SuppressLength;
    private const int PollLimit = 1_000_000;
    private readonly BareMetalConsole console = new();
    private SubchannelId id;
    private Irb irb;
    private Orb orb;

    /// <summary>Called where the program waits for the host to take the device away.</summary>
    public Action? Unplug { get; init; }

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it printed.</returns>
    public IReadOnlyList<string> Run()
    {
        console.Text("BM-START").End();
        FindSubchannel();
        TryDisabled();
        Enable();
        TryGenericCommands();
        TryRevisions();
        TryStatusAndFeatures();
        TryQueues();
        TryIndicators();
        TryAddresses();
        TryChains();
        TryInstructions();
        Exhaust();
        if (options.Unplug) WatchUnplug();
        else console.Text("BM-END").End();
        return console.Lines;
    }

    private void FindSubchannel()
    {
        var found = false;
        for (ushort i = 0; i < 16; i++)
        {
            var candidate = new SubchannelId(i);
            var cc = channel.StoreSubchannel(candidate, out var schib);
            if (cc == InstructionResult.Cc3)
            {
                console.Text("stsch 0001.").Hex(i, 4).Text(" cc=3 (end)").End();
                break;
            }
            ref var pmcw = ref schib.Pmcw;
            console.Text("sch 0001.").Hex(i, 4).Text(" cc=").Cc(cc).Text(" pmcw.flags=").Hex((ulong)pmcw.Flags, 4);
            console.Text(" devno=").Hex(pmcw.DeviceNumber, 4).Text(" lpm/pnom/lpum/pim=");
            console.Hex(pmcw.Lpm, 2).Hex(pmcw.Pnom, 2).Hex(pmcw.Lpum, 2).Hex(pmcw.Pim, 2);
            console.Text(" pom/pam=").Hex(pmcw.Pom, 2).Hex(pmcw.Pam, 2).Text(" chpid0=").Hex(pmcw.Chpid(0), 2);
            console.Text(" chars=").Hex((ulong)pmcw.Characteristics, 8).Status(in schib.Scsw).End();
            if (found || !pmcw.IsDeviceNumberValid) continue;
            found = true;
            id = candidate;
        }
        console.Text("stsch schid 0 (no 'one' bit) would be an operand exception: skipped").End();
        console.Text("using ").Hex(id.Word, 8).End();
    }

    private void Enable()
    {
        channel.StoreSubchannel(id, out var schib);
        schib.Pmcw.Flags |= PmcwFlags.Enabled;
        schib.Pmcw.InterruptionParameter = 0xcafe0001;
        console.Text("msch enable cc=").Cc(channel.ModifySubchannel(id, in schib));
        channel.StoreSubchannel(id, out schib);
        console.Text(" flags=").Hex((ulong)schib.Pmcw.Flags, 4).End();
    }

    private InstructionResult Test()
    {
        var cc = channel.TestSubchannel(id, out var now);
        if (cc != InstructionResult.Cc3) irb = now; // nothing is stored then
        return cc;
    }

    private void Put(int index, byte command, CcwFlags flags, ushort count, uint address)
    {
        var ccw = new Ccw { Command = command, Flags = flags, Count = count, Cda = address };
        ccw.Store(memory.Guest(Program + ((uint)index * Ccw.Size), Ccw.Size));
    }

    private void One(string name, byte command, CcwFlags flags, ushort count, uint address = Buffer)
    {
        Put(0, command, flags, count, address);
        Go(name);
    }

    /// <summary>Starts the program and collects its end, without interrupts.</summary>
    private void Go(string name, OrbControl control = OrbControl.Format, byte lpm = 0xff)
    {
        orb = new Orb { InterruptionParameter = 0x11223344, Control = control, Lpm = lpm, Cpa = Program };
        var cc = channel.StartSubchannel(id, in orb);
        irb = default;
        console.Text(name).Text(": ssch cc=").Cc(cc);
        if (cc == InstructionResult.Cc0)
        {
            var polls = 0;
            InstructionResult test;
            do
            {
                test = Test();
                polls++;
            }
            while (test == InstructionResult.Cc1 && polls < PollLimit);
            console.Text(" tsch cc=").Cc(test).Text($" polls={polls}").Status(in irb.Scsw);
            console.Text(" esw0=").Hex(irb.Esw.Word0, 8).Text(" ").Hex(irb.Esw.Erw, 8);
            if ((irb.Scsw.DeviceStatus & DeviceStatus.UnitCheck) != 0) console.Text(" ecw=").Bytes(irb.Ecw);
        }
        console.End();
    }

    private void Sense()
    {
        memory.Guest(Buffer, 32).Fill(0xee);
        One("   BASIC SENSE(32)", CcwCommand.BasicSense, Sli, 32);
        console.Text("     sense=").Bytes(memory.Guest(Buffer, 32)).End();
    }

    private void Dump(uint bytes) => console.Text("     data=").Bytes(memory.Guest(Buffer, bytes)).End();

    private void Clear(uint bytes) => memory.Guest(Buffer, bytes).Clear();
}
