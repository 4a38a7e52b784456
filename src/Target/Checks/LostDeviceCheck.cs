using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I41: when everything has settled, the guest has the devices that the host has, and no others.</summary>
/// <remarks>
/// Excused are devices that are ignored, that did not answer, whose path is varied off, or that came while the guest was short of
/// memory or shut its devices down. Subchannels may stay: the host answers for them while it has a higher one, and nobody looks again
/// (device-stack.md 3.13, H6). Disconnected devices are kept by their driver.
/// </remarks>
internal sealed class LostDeviceCheck : IStateCheck
{
    private const byte OnlyChannelPath = 0;

    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        if (stack.Kernel.Faults.HaveHappened || stack.Cio.HasGivenUp || stack.Kernel.Core.Binding.DefersAllProbes) return;
        foreach (var device in stack.Host.Devices)
            if (device.Subchannel is { WasHeld: false }) Look(stack, device);
        if (stack.Cio.ChannelPaths.HasVaried) return;
        foreach (var cdev in stack.Devices)
            if (cdev.IsRegistered && !cdev.IsDead && cdev.Private.Target?.State != DevState.Disconnected && IsGone(stack, cdev))
                Note(stack.World, cdev.TypeName, $"{cdev.Name} is gone, and the guest keeps it", "kept");
    }

    private static void Look(StackView stack, VirtioCcwHostDevice device)
    {
        foreach (var cdev in stack.Devices)
            if (cdev.IsRegistered && IsOn(cdev, device)) return;
        var sch = stack.Cio.PeekSubchannel(device.Id);
        if (stack.Cio.Blacklist.Contains(device.Id.Ssid, device.Devno))
        {
            if (sch is not null && stack.Cio.Blacklist.WasPurged(device.Id, device.Devno))
                Note(stack.World, sch.TypeName, $"{sch.Name} stays, though its device is ignored and was purged", "purged");
        }
        else if (sch is null || stack.Cio.ChannelPaths.IsOnline(OnlyChannelPath) is not false)
        {
            var lost = sch is null ? "struct subchannel" : "struct ccw_device";
            Note(stack.World, lost, $"the host has {device.Devno:x4}, and the guest has no {lost} for it", StateOf(stack, device, sch));
        }
    }

    /// <summary>What became of the subchannel: who took it away, or whose it is.</summary>
    private static string StateOf(StackView stack, VirtioCcwHostDevice device, Subchannel? sch)
    {
        if (sch is null) return stack.Cio.Css.UnregisteredBy(device.Id) is { } function ? $"unregistered in {function}" : "";
        return sch.IoPrivate.Target is { Cdev.IsNull: false } ? "another device is there" : "";
    }

    private static bool IsGone(StackView stack, CcwDevice cdev)
    {
        if (cdev.Parent.Target is not Subchannel sch || sch == stack.Cio.PseudoSubchannel.Target) return false;
        foreach (var device in stack.Host.Devices)
            if (IsOn(cdev, device)) return false;
        return true;
    }

    private static bool IsOn(CcwDevice cdev, VirtioCcwHostDevice device) =>
        cdev.Private.Target?.Devno == device.Devno && cdev.Parent.Target is Subchannel sch && sch.Id == device.Id;

    private static void Note(World world, string type, string message, string state) =>
        world.Note(new Violation { Kind = ViolationKind.LostDevice, ObjectType = type, Message = message, State = state });
}
