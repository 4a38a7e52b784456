using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>Remedy EndLostIo: virtio_ccw_int_handler() ends every wait in ccw_io_helper() when it hears that the device is gone.</summary>
internal static class EndLostIo
{
    /// <summary>Ends all that waits, because its interrupt will never come. Called with the ccw device lock held.</summary>
    public static async SimTask EndAll(VirtioCcwTransport transport, Ptr<VirtioCcwDevice> vcdev)
    {
        vcdev.Write().DeviceLost = true;
        vcdev.Write().Err = -Errno.ENODEV;
        vcdev.Write().CurrIo = 0;
        transport.Watch?.IoKilled(vcdev);
        vcdev.Read().WaitQueue.WakeUp();
        if (transport.Kernel.Variant.Has(Remedies.LostBuffers)) await LostBuffers.LoseDevice(transport.Virtio, vcdev.As<VirtioDevice>());
    }
}
