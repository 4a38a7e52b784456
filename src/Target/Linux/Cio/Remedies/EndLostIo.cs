using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy EndLostIo: a driver's I/O ends with its device, also if the device is not online and so nobody notifies.</summary>
/// <remarks>Every method is called with the ccw device lock held.</remarks>
internal static class EndLostIo
{
    /// <summary>Clears what the host still does for the device, or tells the driver that its I/O has ended.</summary>
    /// <remarks>
    /// If something is cleared, ccw_device_disabled_irq() hears when that is done, and calls again. If the device goes before, and
    /// its report is lost in an overflow while the work queue is busy, only the timer calls again.
    /// </remarks>
    public static async SimTask End(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        var sch = cdev.Read().Sch;
        var isClearing = !cio.IsPseudo(sch) && cio.Ops.UpdateSchib(sch) == 0 && CioOps.Actl(sch) != 0 && cio.Ops.Clear(sch) == 0;
        if (cdev.Read().Private.Read().State == DevState.NotOper) cio.Fsm.SetTimeout(cdev, isClearing ? CcwFsm.KillTimeout : 0);
        if (isClearing) return;
        // Nothing will verify its paths any more, and a start that waits for it would never end.
        ForgetVerify.Forget(cdev);
        if (cdev.Read().Handler is { } handler)
            await handler(cdev, cdev.Read().Private.Read().Intparm, InterruptStatus.FromError(-Errno.ENODEV));
    }

    /// <summary>The same for a device that is not operational.</summary>
    public static async SimTask EndNotOper(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        if (cdev.Read().Private.Read().State == DevState.NotOper) await End(cio, cdev);
    }

    /// <summary>The same if the device is gone: pending work may wait for the driver, and the driver for the device.</summary>
    public static async SimTask EndGone(CioSubsystem cio, Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        if (!cdev.IsNull && cio.Ops.UpdateSchib(sch) != 0) await End(cio, cdev);
    }
}
