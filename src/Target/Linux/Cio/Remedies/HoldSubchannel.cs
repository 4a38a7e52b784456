using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy HoldSubchannel: a subchannel stays while it is quiesced, also if its device leaves it meanwhile.</summary>
internal static class HoldSubchannel
{
    /// <summary>Releases the lock of the device and quiesces its subchannel, with a reference to it.</summary>
    public static async SimTask Quiesce(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        var sch = cdev.Read().Sch;
        cio.Kernel.Core.Get(sch.As<Device>());
        await cio.UnlockCcw(cdev);
        await cio.IoSubchannels.Quiesce(sch);
        await cio.Kernel.Core.Put(sch.As<Device>());
    }
}
