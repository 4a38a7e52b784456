using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>What the virtio specification demands of a driver, and the host does not insist on.</summary>
/// <param name="k">The guest.</param>
internal sealed class DriverRules(GuestKernel k)
{
    private const ushort ReadStatusSince = 2;

    /// <summary>READ_STATUS is for revision 2 and later (virtio specification, 4.3.2.1).</summary>
    /// <param name="vcdev">The device.</param>
    /// <param name="operation">What the channel program does.</param>
    public void Check(Ptr<VirtioCcwDevice> vcdev, uint operation)
    {
        if (operation != VirtioCcwCommand.DoingReadStatus || vcdev.Read().Revision >= ReadStatusSince) return;
        k.World.Fail(ViolationKind.Protocol, $"READ_STATUS at revision {vcdev.Read().Revision}", "virtio-ccw revision");
    }

    /// <summary>A driver does not notify the device of buffers before it set DRIVER_OK (virtio specification, 3.1.1).</summary>
    /// <remarks>
    /// Asked is whether virtio_device_ready() was called: that the host did not hear of it is another matter. init_vqs() of
    /// virtio_balloon.c notifies the queue of statistics earlier in every kernel, and hosts take that.
    /// </remarks>
    public void CheckNotify(Ptr<Virtqueue> vq)
    {
        if (vq.Read().Vdev.Read().IsReady || vq.Read().Name == "stats") return;
        k.World.Fail(ViolationKind.Protocol, $"queue {vq.Read().Name} is notified before DRIVER_OK", "virtio device status");
    }
}
