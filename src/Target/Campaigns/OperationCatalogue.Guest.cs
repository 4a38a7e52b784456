using System.Globalization;

namespace CcwFuzz.Target.Campaigns;

/// <content>What processes of the guest do.</content>
public static partial class OperationCatalogue
{
    private const string ChannelPath = "/sys/devices/css0/chp0.00/status";

    private static Parameter Sector() => new("sector", 0, 255, "first sector");

    private static Parameter Sectors() => new("sectors", 1, 8, "number of sectors");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<OperationEntry> GuestEntries() => [.. SysfsEntries(), .. FileEntries(), .. OtherEntries()];

    private static OperationEntry[] SysfsEntries() =>
    [
        new(Opcode.Online, "online", "writes 1, or force, to the ccw device's attribute online")
        {
            A = Parameter.Choice("force", "whether a reservation is broken", "no", "yes"),
            InGuest = (guest, on) => guest.OnlineStore(on, online: true),
            Real = RealForm.OfAgent((o, bus) => $"write /sys/bus/ccw/devices/{bus}/online {(o.IsForced ? "force" : "1")}"),
        },
        new(Opcode.Offline, "offline", "writes 0 to the ccw device's attribute online")
        {
            InGuest = (guest, on) => guest.OnlineStore(on, online: false),
            Real = RealForm.OfAgent((_, bus) => $"write /sys/bus/ccw/devices/{bus}/online 0"),
        },
        new(Opcode.Bind, "bind", "binds the virtio device to its driver through sysfs")
        {
            InGuest = (guest, on) => guest.BindVirtio(on),
            Real = RealForm.OfAgent((_, bus) => $"bind {bus}"),
        },
        new(Opcode.Unbind, "unbind", "unbinds the virtio device from its driver")
        {
            InGuest = (guest, on) => guest.UnbindVirtio(on),
            Real = RealForm.OfAgent((_, bus) => $"unbind {bus}"),
        },
        new(Opcode.BindCcw, "bind-ccw", "binds the ccw device to virtio_ccw through sysfs")
        {
            InGuest = (guest, on) => guest.BindCcw(on),
            Real = RealForm.OfAgent((_, bus) => $"write /sys/bus/ccw/drivers_probe {bus}"),
        },
        new(Opcode.UnbindCcw, "unbind-ccw", "unbinds the ccw device from its driver")
        {
            InGuest = (guest, on) => guest.UnbindCcw(on),
            Real = RealForm.OfAgent((_, bus) => $"write /sys/bus/ccw/devices/{bus}/driver/unbind {bus}"),
        },
        new(Opcode.SysfsRead, "sysfs-read", "reads the status of the virtio device, or the device numbers of all subchannels, in sysfs")
        {
            A = Parameter.Choice("what", "which attribute", "status", "dev_busid"),
            InGuest = (guest, on) => on.Operation.OfSubchannels ? guest.BusIds() : guest.SysfsRead(on),
            Real = RealForm.OfAgent((_, bus) => $"status {bus}"),
        },
        new(Opcode.Rescan, "rescan", "the guest looks at every subchannel again (css_schedule_eval_all)")
        {
            HasSlot = false,
            InGuest = (guest, _) => guest.Rescan(),
            Real = RealForm.OfAgent((_, _) => "write /sys/devices/css0/rescan 1"),
        },
        new(Opcode.Vary, "vary", "varies the channel path of all devices off or on")
        {
            HasSlot = false,
            A = Parameter.Choice("to", "off or on", "off", "on"),
            InGuest = (guest, on) => guest.Vary(on),
            Real = RealForm.OfAgent((o, _) => $"write {ChannelPath} {(o.IsOn ? "on" : "off")}"),
        },
        new(Opcode.BindKeeper, "bind-keeper", "binds the ccw device to the driver that keeps its devices")
        {
            InGuest = (guest, on) => guest.BindKeeper(on),
            Real = RealForm.Impossible("the driver that keeps its devices exists in the model only"),
        },
    ];

    private static OperationEntry[] FileEntries() =>
    [
        new(Opcode.Open, "open", "a process opens the device's node and keeps it open; an interface goes up, with a socket on it")
        {
            InGuest = (guest, on) => guest.Open(on),
            Real = RealForm.OfAgent((o, bus) => Text($"open {o.Slot} {bus}")),
        },
        new(Opcode.Close, "close", "that process closes the node; it takes the interface down")
        {
            InGuest = (guest, on) => guest.Close(on),
            Real = RealForm.OfAgent((o, _) => Text($"close {o.Slot}")),
        },
        new(Opcode.Read, "read", "reads from the open node; the host sends as many packets to an interface")
        {
            A = Sector(),
            B = Sectors(),
            OnHost = (host, operation) => host.SendInput(operation),
            InGuest = (guest, on) => guest.Read(on),
            Real = RealForm.OfAgent(
                (o, _) => Text($"get {o.Slot} {o.Sector} {o.Sectors}"), "the host sends no packets to an interface"),
        },
        new(Opcode.Write, "write", "writes to the open node; sends packets")
        {
            A = Sector(),
            B = Sectors(),
            InGuest = (guest, on) => guest.Write(on),
            Real = RealForm.OfAgent((o, _) => Text($"put {o.Slot} {o.Sector} {o.Sectors}")),
        },
    ];

    private static OperationEntry[] OtherEntries() =>
    [
        new(Opcode.Kick, "kick", "notifies a queue though nothing new is in it, or something that is no queue")
        {
            A = new Parameter("queue", 0, 7, "number of the queue") { HasUsual = true },
            B = Parameter.Choice("target", "what is notified", "own", "malformed", "absent", "beyond", "all-ones") with { HasUsual = true },
            InGuest = (guest, on) => guest.Kick(on),
            Real = RealForm.Impossible("no process can notify a queue"),
        },
        new(Opcode.Settle, "settle", "a process waits as a write to /proc/cio_settle does")
        {
            HasSlot = false,
            InGuest = (guest, _) => guest.Settle(),
            Real = RealForm.OfAgent((_, _) => "settle"),
        },
        new(Opcode.Crowd, "crowd", "devices outside the campaign take bits of the adapter interrupt areas")
        {
            HasSlot = false,
            A = new Parameter("bits", 1, 20 * 2048, "number of indicator bits"),
            InGuest = (guest, on) => guest.Crowd(on.Operation.Bits),
            Real = RealForm.Impossible("indicator bits are taken by devices only"),
        },
        new(Opcode.CioIgnore, "cio-ignore", "writes to /proc/cio_ignore: a device number is ignored, or no longer, or what is ignored goes")
        {
            A = Parameter.Choice("do", "what is written", "add", "free", "purge"),
            InGuest = (guest, on) => guest.Ignore(on),
            Real = RealForm.OfAgent((o, bus) => o.Ignore switch
            {
                IgnoreAction.Add => $"write /proc/cio_ignore add {bus}",
                IgnoreAction.Free => $"write /proc/cio_ignore free {bus}",
                IgnoreAction.Purge => "write /proc/cio_ignore purge",
                _ => throw new InvalidOperationException($"nothing says what '{o.Ignore}' writes to /proc/cio_ignore"),
            }),
        },
        new(Opcode.KeeperIo, "keeper-io", "a process starts a channel program through the driver that keeps its devices, or stops it")
        {
            A = Parameter.Choice("do", "what is started or stopped", "start", "suspend", "halt", "clear"),
            InGuest = (guest, on) => guest.KeeperIo(on),
            Real = RealForm.Impossible("the driver that keeps its devices exists in the model only"),
        },
        new(Opcode.Raw, "raw", "a program other than Linux submits a channel program to a device that Linux ignores")
        {
            A = Parameter.Choice("cmd", "channel command", RawNames.Commands),
            B = Parameter.Choice("how", "form of the channel program", RawNames.Forms) with { HasUsual = true },
            InGuest = (guest, on) => guest.SubmitRaw(on),
            Real = RealForm.Impossible("only Linux submits channel programs there"),
        },
    ];
}
