using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;
using HostStatus = CcwFuzz.Target.Hypervisor.VirtioStatus;

namespace CcwFuzz.Target.Checks;

/// <summary>I29: a change of the configuration reaches the driver, or is read by it later, or a reset or unbinding ends it.</summary>
/// <remarks>
/// The check looks when everything has settled, and only at devices whose driver does something about a change: config_intr() of
/// virtio_console does nothing if the host offers VIRTIO_CONSOLE_F_MULTIPORT, as ours does. A driver that is being removed is told of no
/// change, because virtio_config_disable() comes first. Before probe has ended, virtio_config_changed() remembers the change.
/// </remarks>
internal sealed class ConfigChangeCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        if (stack.Kernel.Faults.HaveHappened) return;
        foreach (var device in stack.Host.Devices)
        {
            if (!device.IsConfigSignalled || (device.Virtio.Status & HostStatus.DriverOk) == 0) continue;
            if (!HasListener(stack, device)) continue;
            stack.World.Note(new Violation
            {
                Kind = ViolationKind.LostRequest,
                ObjectType = "struct virtio_device",
                Message = $"a change of the configuration of {device.Devno:x4} never reached its driver",
            });
        }
    }

    /// <summary>The driver is told.</summary>
    public static void Delivered(GuestKernel kernel, VirtioCcwDevice vcdev)
    {
        if (vcdev.Cdev.Target?.Parent.Target is Subchannel sch && kernel.Channel.Find(sch.Id)?.Device is VirtioCcwHostDevice device)
            device.IsConfigSignalled = false;
    }

    /// <summary>Whether the guest has a driver for it that wants to hear of changes (config_enabled), and does something then.</summary>
    private static bool HasListener(StackView stack, VirtioCcwHostDevice device)
    {
        foreach (var cdev in stack.Devices)
        {
            if (cdev.Parent.Target is not Subchannel sch || sch.Id != device.Id) continue;
            if (cdev.Private.Target?.State == DevState.NotOper) continue; // given up, and to be unregistered
            if (cdev.DriverData.As<VirtioCcwDevice>().Target is { ConfigEnabled: true, Driver: VirtioDriver { ActsOnConfigChange: true } })
                return true;
        }
        return false;
    }
}
