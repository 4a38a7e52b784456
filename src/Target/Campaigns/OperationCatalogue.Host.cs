using CcwFuzz.Target.Devices;

namespace CcwFuzz.Target.Campaigns;

/// <content>What happens outside the guest.</content>
public static partial class OperationCatalogue
{
    private static Parameter Part() => Parameter.Choice("what", "what is held back", "buffers", "functions");

    private static OperationEntry[] HostEntries() =>
    [
        new(Opcode.Plug, "plug", "the host plugs a device into a slot (device_add)")
        {
            A = Parameter.Choice("type", "type of device", DeviceCatalogue.Names),
            B = new Parameter("devno", 0, Operation.Slots - 1, "device number") { IsDevno = true },
            OnHost = (host, operation) => host.Plug(operation),
            Real = RealForm.OfHost(),
        },
        new(Opcode.Unplug, "unplug", "the host removes the device of a slot without asking (device_del; surprise removal)")
        {
            OnHost = (host, operation) => host.Unplug(operation.Slot),
            Real = RealForm.OfHost(),
        },
        new(Opcode.ConfigChange, "config-change",
            "the host changes the configuration and says so: a disk's size, a link, a balloon's target")
        {
            A = new Parameter("pages", 0, 1000, "pages that a balloon shall hold"),
            OnHost = (host, operation) => host.ConfigChange(operation),
            Real = RealForm.OfHost("a disk or link changes to and fro; disks of such a campaign answer at once"),
        },
        new(Opcode.Interrupt, "interrupt", "the host presents an interrupt that nobody asked for")
        {
            A = Parameter.Choice("kind", "kind of interrupt", "spurious", "error", "config", "check", "nothing"),
            OnHost = (host, operation) => host.Interrupt(operation),
            Real = RealForm.Impossible("QEMU presents no interrupt that nobody asked for"),
        },
        new(Opcode.Stall, "stall", "the device stops taking buffers, or its subchannel stops performing functions")
        {
            A = Part(),
            OnHost = (host, operation) => host.Stall(operation),
            Real = RealForm.Impossible("back ends of QEMU cannot be held back"),
        },
        new(Opcode.Complete, "complete", "a stall ends, and what waited is worked on")
        {
            A = Part(),
            B = Parameter.Choice("result", "what comes of reads and writes", "ok", "io-error", "medium-error"),
            OnHost = (host, operation) => host.Complete(operation),
            Real = RealForm.Impossible("back ends of QEMU cannot be held back"),
        },
        new(Opcode.CrwOverflow, "crw-overflow", "the host loses channel reports and says so with an overflow report")
        {
            HasSlot = false,
            OnHost = (host, _) => host.LoseCrws(),
            Real = RealForm.Impossible("QEMU loses no channel report on demand"),
        },
        new(Opcode.Wait, "wait", "virtual time passes")
        {
            HasSlot = false,
            A = new Parameter("ms", 1, 60_000, "virtual milliseconds"),
            OnHost = (host, operation) => host.Wait(operation.Milliseconds),
            Real = RealForm.OfPlayer("real time passes, at most two seconds"),
        },
        new(Opcode.Stats, "stats", "the host asks a balloon's driver for statistics")
        {
            OnHost = (host, operation) => host.RequestStats(operation.Slot),
            Real = RealForm.Impossible("statistics of a balloon are polled by a timer of QEMU"),
        },
        new(Opcode.Port, "port", "something happens to a port of a serial adapter: it comes, it goes, its peer connects, goes, sends")
        {
            A = Parameter.Choice("do", "what happens", "add", "remove", "connect", "disconnect", "send"),
            B = Parameter.Choice("port", "which port", "1", "2", "3", "console"),
            OnHost = (host, operation) => host.Port(operation),
            Real = RealForm.OfHost(),
        },
        new(Opcode.LoseMachineCheck, "lose-mchk", "the machine check that announces channel reports is lost")
        {
            HasSlot = false,
            OnHost = (host, _) => host.LoseMachineCheck(),
            Real = RealForm.Impossible("QEMU loses no channel report on demand"),
        },
        new(Opcode.Reset, "reset", "the machine is reset, at once or behind an orderly shutdown (kexec), and the guest boots anew")
        {
            HasSlot = false,
            A = Parameter.Choice("how", "whether devices are shut down before", "hard", "shutdown"),
            OnHost = (host, operation) => host.Reset(operation.IsOrderly),
            Real = RealForm.OfPlayer(),
        },
    ];
}
