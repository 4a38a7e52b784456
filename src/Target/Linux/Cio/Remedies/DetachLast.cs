using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy DetachLast: a device is on its subchannel until its driver is unbound.</summary>
internal static class DetachLast
{
    /// <summary>What ccw_device_todo() and io_subchannel_sch_event() do with a device that goes.</summary>
    public static async SimTask Unregister(CioSubsystem cio, Ptr<CcwDevice> cdev, Ptr<Subchannel> sch, bool wasReported)
    {
        var k = cio.Kernel;
        k.Core.Get(cdev.As<Device>());
        var wasRegistered = cdev.Read().IsRegistered;
        // The host has to know of nothing that the driver frees; afterwards SENSE ID may still run.
        if (cdev.Read().Private.Read().State == DevState.NotOper) await QuiesceOwn(cio, cdev, sch);
        await cio.Devices.Unregister(cdev);
        await QuiesceOwn(cio, cdev, sch);
        await cio.Devices.Detach(cdev, sch);
        if (k.Variant.Has(Remedies.StopTimer)) await StopTimer.Stop(cio, cdev);
        await k.Core.Put(cdev.As<Device>());
        // What came meanwhile was taken for news of the old device. One that was never registered failed to answer: once is enough.
        if ((wasRegistered || wasReported) && !cio.IsPseudo(sch)) cio.Css.ScheduleEval(sch.Read().Id);
    }

    /// <summary>The part of io_subchannel_remove() for a subchannel that has a device.</summary>
    public static async SimTask Remove(CioSubsystem cio, Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        var k = cio.Kernel;
        k.Core.Get(cdev.As<Device>());
        await cio.Devices.Unregister(cdev);
        // A purge can meet SENSE ID, whose memory goes with the device.
        await QuiesceOwn(cio, cdev, sch);
        await cio.IoSubchannels.ClearPrivate(sch);
        if (k.Variant.Has(Remedies.StopTimer)) await StopTimer.Stop(cio, cdev);
        await k.Core.Put(cdev.As<Device>());
    }

    /// <summary>The part of io_subchannel_quiesce() that stops I/O, with a reference to the device. Called with sch->lock held.</summary>
    public static async SimTask StopIo(CioSubsystem cio, Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        if (!cio.Kernel.Core.Get(cdev.As<Device>())) return;
        await cio.IoSubchannels.StopIo(sch, cdev);
        await cio.UnlockPoint(sch.Read().LockPtr);
        await cio.Kernel.Core.Put(cdev.As<Device>());
        await cio.Lock(sch.Read().LockPtr);
    }

    /// <summary>Whether a device failed to answer on its way out, and so takes no notice of a path that came meanwhile.</summary>
    /// <remarks>It is neither online, which would be verified again and again, nor operational.</remarks>
    public static bool IsGoing(Ptr<CcwDevice> cdev) =>
        !cdev.IsNull && !cdev.Read().Online && cdev.Read().Private.Read().State == DevState.NotOper;

    /// <summary>What the host still does for the device ends, if it is still the one on the subchannel.</summary>
    private static async SimTask QuiesceOwn(CioSubsystem cio, Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        if (CioSubsystem.GetCdev(sch) != cdev) return;
        await cio.IoSubchannels.Quiesce(sch);
        if (!cio.Kernel.Variant.Has(Remedies.EndLostIo)) return;
        // If the device went meanwhile, nobody else says so to its driver.
        await cio.Lock(sch.Read().LockPtr);
        if (CioSubsystem.GetCdev(sch) == cdev) await EndLostIo.EndNotOper(cio, cdev);
        await cio.UnlockPoint(sch.Read().LockPtr);
    }
}
