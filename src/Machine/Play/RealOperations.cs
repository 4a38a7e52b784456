using System.Globalization;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Play;

/// <summary>What the operations of a campaign are on a real guest: requests to the agent, commands to QEMU, or not possible.</summary>
public static class RealOperations
{
    private const string ChannelPath = "/sys/devices/css0/chp0.00/status";

    /// <summary>Opcodes that fuzzing draws from: all that can be done in some form, but for resets, which cost a boot.</summary>
    public static IReadOnlyList<Opcode> Doable { get; } =
        [.. OperationTable.All.Select(o => o.Opcode).Where(o => o != Opcode.Reset && WhyNot(new Operation(o)) is null)];

    /// <summary>Why a real guest cannot do an operation; null if it can.</summary>
    public static string? WhyNot(Operation operation) => operation.Opcode switch
    {
        Opcode.Raw => "only Linux submits channel programs there",
        Opcode.Kick => "no process can notify a queue",
        Opcode.Interrupt => "QEMU presents no interrupt that nobody asked for",
        Opcode.Stall or Opcode.Complete => "back ends of QEMU cannot be held back",
        Opcode.CrwOverflow or Opcode.LoseMachineCheck => "QEMU loses no channel report on demand",
        Opcode.Stats => "statistics of a balloon are polled by a timer of QEMU",
        Opcode.Crowd => "indicator bits are taken by devices only",
        Opcode.BindKeeper or Opcode.KeeperIo => "the driver that keeps its devices exists in the model only",
        _ => null,
    };

    /// <summary>What of an operation is different on a real guest; null if nothing is.</summary>
    public static string? Difference(Operation operation) => operation.Opcode switch
    {
        Opcode.ConfigChange => "a disk or link changes to and fro; disks of such a campaign answer at once",
        Opcode.Read => "the host sends no packets to an interface",
        Opcode.Wait => "real time passes, at most two seconds",
        _ => null,
    };

    /// <summary>The request to the agent; null if the operation is the host's.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="busId">Bus id of the device in its slot.</param>
    public static string? Request(Operation operation, string busId) => operation.Opcode switch
    {
        Opcode.Online => $"write /sys/bus/ccw/devices/{busId}/online {(operation.IsForced ? "force" : "1")}",
        Opcode.Offline => $"write /sys/bus/ccw/devices/{busId}/online 0",
        Opcode.Bind => $"bind {busId}",
        Opcode.Unbind => $"unbind {busId}",
        Opcode.BindCcw => $"write /sys/bus/ccw/drivers_probe {busId}",
        Opcode.UnbindCcw => $"write /sys/bus/ccw/devices/{busId}/driver/unbind {busId}",
        Opcode.Open => Text($"open {operation.Slot} {busId}"),
        Opcode.Close => Text($"close {operation.Slot}"),
        Opcode.Read => Text($"get {operation.Slot} {operation.Sector} {operation.Sectors}"),
        Opcode.Write => Text($"put {operation.Slot} {operation.Sector} {operation.Sectors}"),
        Opcode.SysfsRead => $"status {busId}",
        Opcode.Rescan => "write /sys/devices/css0/rescan 1",
        Opcode.Settle => "settle",
        Opcode.Vary => $"write {ChannelPath} {(operation.IsOn ? "on" : "off")}",
        Opcode.CioIgnore => operation.Ignore switch
        {
            IgnoreAction.Add => $"write /proc/cio_ignore add {busId}",
            IgnoreAction.Free => $"write /proc/cio_ignore free {busId}",
            _ => "write /proc/cio_ignore purge",
        },
        _ => null,
    };

    /// <summary>Whether the host does an operation, so that it can happen while the guest has stopped.</summary>
    public static bool IsOfHost(Operation operation) =>
        operation.Opcode is Opcode.Plug or Opcode.Unplug or Opcode.ConfigChange or Opcode.Port;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
