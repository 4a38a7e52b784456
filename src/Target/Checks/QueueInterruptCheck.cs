using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Simulation;
using HostStatus = CcwFuzz.Target.Hypervisor.VirtioStatus;

namespace CcwFuzz.Target.Checks;

/// <summary>When everything has settled, each notification of a queue with used buffers has reached vring_interrupt().</summary>
/// <remarks>
/// A request whose interrupt is lost ends when its device goes, so that nobody else would miss it. Queues that are broken or have no
/// callback need no interrupt, nor do those whose driver polled meanwhile and took everything.
/// </remarks>
internal sealed class QueueInterruptCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var device in stack.Host.Devices)
        {
            if ((device.Virtio.Status & HostStatus.DriverOk) == 0) continue;
            foreach (var cdev in stack.Devices)
            {
                if (cdev.Parent.Target is Subchannel sch && sch.Id == device.Id
                    && cdev.DriverData.As<VirtioCcwDevice>().Target is { } vcdev)
                    Look(stack, device, vcdev);
            }
        }
    }

    /// <summary>The guest looks at a queue of its own accord, or because it was notified.</summary>
    public static void Interrupted(GuestKernel kernel, Virtqueue vq)
    {
        if (vq.Vdev.Target is VirtioCcwDevice vcdev && vcdev.Cdev.Target?.Parent.Target is Subchannel sch
            && kernel.Channel.Find(sch.Id)?.Device is VirtioCcwHostDevice device
            && device.Virtio.Queue((int)vq.Index) is { } queue)
            queue.IsSignalled = false;
    }

    private static void Look(StackView stack, VirtioCcwHostDevice device, VirtioCcwDevice vcdev)
    {
        foreach (var pointer in vcdev.Vqs)
        {
            if (pointer.Target is not { Broken: false, Callback: not null } vq) continue;
            if (device.Virtio.Queue((int)vq.Index) is not { IsSignalled: true } || !stack.VirtioCcw.Virtio.Ring.MoreUsed(vq)) continue;
            stack.World.Note(new Violation
            {
                Kind = ViolationKind.LostRequest,
                ObjectType = vq.TypeName,
                Message = $"a notification of queue {vq.Index} of {device.Devno:x4} never reached its driver",
            });
        }
    }
}
