using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <content>Remedy PinVcdev: driver data does not point to what may be freed.</content>
public sealed partial class VirtioCcwDriver
{
    /// <summary>Holds a reference to the virtio device until the driver data is cleared.</summary>
    private async SimTask UnregisterPinned(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev)
    {
        k.Core.Get(vcdev.As<Device>());
        await UnregisterShipped(cdev, vcdev);
        await k.Core.Put(vcdev.As<Device>());
    }
}
