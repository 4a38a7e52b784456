using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Setting devices online and offline, and the sysfs attribute that does it (device.c).</summary>
public sealed class CcwOnline
{
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly StealLock stealLock;

    internal CcwOnline(CioSubsystem cio)
    {
        this.cio = cio;
        stealLock = new StealLock(cio);
        k = cio.Kernel;
    }

    /// <summary>Models ccw_device_set_online().</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> SetOnline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_set_online");
        if (cdev.Read().Online || cdev.Read().Drv is null) return -Errno.EINVAL;
        k.Core.Get(cdev.As<Device>());
        if (cdev.Target?.Private.Target is { } seen) seen.OnlineReferences++;
        await cio.LockCcw(cdev);
        var result = await cio.Fsm.Online(cdev);
        if (result != 0)
        {
            await cio.UnlockCcw(cdev);
            await PutOnline(cdev);
            return result;
        }
        await WaitFinalLocked(cdev, orDisconnected: false);
        var state = cdev.Read().Private.Read().State;
        await cio.UnlockCcw(cdev);
        if (state is not (DevState.Online or DevState.W4Sense))
        {
            await PutOnline(cdev);
            return -Errno.ENODEV;
        }
        // cdev->drv is read again without protection: an unbind may have cleared it.
        if (cdev.Read().Drv is not { } driver) throw new NullPointerException("ccw_driver");
        cio.Watch?.EnterDriver(cdev, "set_online");
        result = await driver.SetOnline(cdev);
        cio.Watch?.LeaveDriver(cdev, "set_online");
        await k.Point;
        if (result != 0) return await Rollback(cdev, result);
        await cio.LockCcw(cdev);
        cdev.Write().Online = true;
        await cio.UnlockCcw(cdev);
        return 0;
    }

    /// <summary>Models ccw_device_set_offline().</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> SetOffline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_set_offline");
        if (!cdev.Read().Online || cdev.Read().Drv is not { } driver) return -Errno.EINVAL;
        if (k.Variant.Has(Remedies.TellQuiesced)) await TellQuiesced.QuiesceDead(cio, cdev);
        cio.Watch?.EnterDriver(cdev, "set_offline");
        var result = await driver.SetOffline(cdev);
        cio.Watch?.LeaveDriver(cdev, "set_offline");
        if (result != 0) return result;
        await cio.LockCcw(cdev);
        var sch = cdev.Read().Sch;
        cdev.Write().Online = false;
        await WaitFinalLocked(cdev, orDisconnected: true);
        while (true)
        {
            result = await cio.Fsm.Offline(cdev);
            if (result == 0) break;
            if (result != -Errno.EBUSY) return await OfflineFailed(cdev);
            var state = cdev.Read().Private.Read().State;
            await cio.Devices.QuiesceUnlocked(cdev, sch);
            await cio.LockCcw(cdev);
            cio.Fsm.SetState(cdev, state);
        }
        await cio.UnlockCcw(cdev);
        await cio.Devices.WaitFinal(cdev, orDisconnected: true);
        await PutOnline(cdev);
        return 0;
    }

    /// <summary>Gives up the reference that ccw_device_set_online took.</summary>
    internal SimTask PutOnline(Ptr<CcwDevice> cdev)
    {
        if (cdev.Target?.Private.Target is { } seen) seen.OnlineReferences--;
        return k.Core.Put(cdev.As<Device>());
    }

    /// <summary>Models online_store(): a write of "1", "0" or "force" to the attribute "online".</summary>
    /// <param name="cdev">The device.</param>
    /// <param name="online">Whether it shall be online.</param>
    /// <param name="force">Whether a reservation by somebody else is broken for that.</param>
    /// <returns>0, -ENODEV if the attribute is gone, -EAGAIN if somebody else is at it, or what the change returned.</returns>
    public async SimTask<int> OnlineStore(Ptr<CcwDevice> cdev, bool online, bool force = false)
    {
        using var frame = k.Enter("online_store");
        if (!k.Core.EnterSysfs(cdev.As<Device>())) return -Errno.ENODEV;
        var result = await OnlineStoreActive(cdev, online, force);
        k.Core.LeaveSysfs(cdev.As<Device>());
        return result;
    }

    private async SimTask<int> OnlineStoreActive(Ptr<CcwDevice> cdev, bool online, bool force)
    {
        var priv = cdev.Read().Private;
        if (priv.Read().OnOff) return -Errno.EAGAIN;
        priv.Write().OnOff = true;
        await k.Point;
        var result = -Errno.EAGAIN;
        if (CcwDevices.IsFinal(cdev, orDisconnected: true) && !priv.Read().TodoWork.IsPending)
        {
            await cdev.Read().Lock.Lock();
            result = online ? await HandleOnline(cdev, force) : await HandleOffline(cdev);
            cdev.Read().Lock.Unlock();
            await k.Point;
        }
        priv.Write().OnOff = false;
        return result;
    }

    /// <summary>Models online_store_handle_offline(): a disconnected device is unregistered, any other is set offline.</summary>
    private async SimTask<int> HandleOffline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("online_store_handle_offline");
        if (cdev.Read().Private.Read().State == DevState.Disconnected)
        {
            await cio.LockCcw(cdev);
            await cio.Todos.Schedule(cdev, CdevTodo.UnregEval);
            await cio.UnlockCcw(cdev);
            return 0;
        }
        return cdev.Read().Drv is null ? -Errno.EINVAL : await SetOffline(cdev);
    }

    /// <summary>Models online_store_handle_online() within its caller.</summary>
    private async SimTask<int> HandleOnline(Ptr<CcwDevice> cdev, bool force)
    {
        var result = await RecognizeAndOnline(cdev);
        if (result != 0 && !force) return result;
        if (!force || cdev.Read().Private.Read().State != DevState.Boxed) return 0;
        result = await stealLock.Perform(cdev);
        if (result != 0) return result;
        if (cdev.Read().CuType == 0) cio.Fsm.SetState(cdev, DevState.NotOper);
        return await RecognizeAndOnline(cdev);
    }

    /// <summary>Models online_store_recog_and_online(): a boxed device is recognized again first.</summary>
    private async SimTask<int> RecognizeAndOnline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("online_store_recog_and_online");
        var priv = cdev.Read().Private;
        if (priv.Read().State == DevState.Boxed)
        {
            await cio.LockCcw(cdev);
            await cio.Fsm.Recognition(cdev);
            await cio.UnlockCcw(cdev);
            while (true)
            {
                var ticket = priv.Read().WaitQueue.Prepare();
                if (priv.Read().RecogDone) break;
                await priv.Read().WaitQueue.Sleep(ticket);
            }
            if (priv.Read().State != DevState.Offline) return -Errno.EAGAIN;
        }
        return cdev.Read().Drv is null ? -Errno.EINVAL : await SetOnline(cdev);
    }

    private async SimTask WaitFinalLocked(Ptr<CcwDevice> cdev, bool orDisconnected)
    {
        while (!CcwDevices.IsFinal(cdev, orDisconnected))
        {
            await cio.UnlockCcw(cdev);
            await cio.Devices.WaitFinal(cdev, orDisconnected);
            await cio.LockCcw(cdev);
        }
    }

    private async SimTask<int> Rollback(Ptr<CcwDevice> cdev, int result)
    {
        await cio.LockCcw(cdev);
        await WaitFinalLocked(cdev, orDisconnected: true);
        if (await cio.Fsm.Offline(cdev) != 0)
        {
            cio.Fsm.SetState(cdev, DevState.Offline);
            await cio.UnlockCcw(cdev);
        }
        else
        {
            await cio.UnlockCcw(cdev);
            await cio.Devices.WaitFinal(cdev, orDisconnected: true);
        }
        await PutOnline(cdev);
        return result;
    }

    private async SimTask<int> OfflineFailed(Ptr<CcwDevice> cdev)
    {
        cio.Fsm.SetState(cdev, DevState.Offline);
        await cio.Fsm.Event(cdev, DevEvent.NotOper);
        await cio.UnlockCcw(cdev);
        await PutOnline(cdev);
        return -Errno.ENODEV;
    }
}
