using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Remedy MoveLock: a device changes its lock when nobody holds it, and who waited for it looks again.</summary>
internal static class MoveLock
{
    /// <summary>The end of ccw_device_move_to_sch(): takes the old lock too when it changes cdev->ccwlock.</summary>
    public static async SimTask<int> FinishMove(CioSubsystem cio, Ptr<CcwDevice> cdev, Ptr<Subchannel> old, Ptr<Subchannel> sch)
    {
        var before = cdev.Read().CcwLock;
        var isFenced = before != sch.Read().LockPtr;
        // By address, so that two devices that change places do not wait for each other.
        var isFirst = isFenced && before.Read().Address < sch.Read().LockPtr.Read().Address;
        if (isFirst) await cio.Lock(before);
        await cio.Lock(sch.Read().LockPtr, nested: isFirst);
        if (isFenced && !isFirst) await cio.Lock(before, nested: true);
        cdev.Write().CcwLock = sch.Read().LockPtr;
        if (!cio.IsPseudo(sch)) CioSubsystem.SetCdev(sch, cdev);
        if (isFenced) cio.Unlock(before);
        await cio.UnlockPoint(sch.Read().LockPtr);
        await cio.Kernel.Core.Put(old.As<Device>()); // whose lock that was
        if (!cio.IsPseudo(sch)) cio.Css.UpdateSsdInfo(sch);
        return 0;
    }

    /// <summary>Takes the lock of a device, and looks again if the device was moved while it waited.</summary>
    public static async SimTask Lock(CioSubsystem cio, Ptr<CcwDevice> cdev)
    {
        while (true)
        {
            var pointer = cdev.Read().CcwLock;
            pointer.Write().Seekers++;
            await cio.Lock(pointer);
            var isMoved = cdev.Read().CcwLock != pointer;
            if (isMoved) cio.Unlock(pointer);
            pointer.Write().Seekers--;
            if (!isMoved) return;
            await cio.Kernel.Point;
        }
    }

    /// <summary>Whether a device is between device_move() and its end, where the lock that is held is not that of the subchannel.</summary>
    public static bool IsMoving(Ptr<CcwDevice> cdev) => cdev.Read().CcwLock != cdev.Read().Sch.Read().LockPtr;

    /// <summary>Whether somebody waits for the lock of a subchannel, which he found through a ccw device.</summary>
    public static bool HasSeekers(Ptr<Subchannel> sch) => sch.Read().LockPtr.Read().Seekers > 0;
}
