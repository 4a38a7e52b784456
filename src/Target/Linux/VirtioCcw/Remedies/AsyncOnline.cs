using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>Remedy AsyncOnline: setting a device online from probe holds its lock, as online_store() does, and a reference.</summary>
internal static class AsyncOnline
{
    /// <summary>What virtio_ccw_auto_online() does; virtio_ccw_probe() took the reference.</summary>
    public static async SimTask SetOnline(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        await cdev.Read().Lock.Lock();
        var result = await cio.Online.SetOnline(cdev);
        cdev.Read().Lock.Unlock();
        if (result != 0) cio.Kernel.Log($"{cdev.Read().Name}: Failed to set online: {result}");
        await cio.Kernel.Core.Put(cdev.As<Device>());
    }
}
