using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Creating, registering, moving and releasing ccw devices (device.c).</summary>
internal sealed class CcwDevices(CioSubsystem cio)
{
    private readonly GuestKernel k = cio.Kernel;

    /// <summary>Models sch_create_and_recog_new_device().</summary>
    public async SimTask CreateAndRecognize(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("sch_create_and_recog_new_device");
        var cdev = await Create(sch);
        if (cdev.IsNull)
        {
            await cio.Css.UnregisterSubchannel(sch);
            return;
        }
        await k.Point;
        // io_subchannel_recog()
        cio.IoSubchannels.BeginRecognition(cdev);
        await cio.Lock(sch.Read().LockPtr);
        await cio.Fsm.Recognition(cdev);
        await cio.UnlockPoint(sch.Read().LockPtr);
    }

    /// <summary>Models io_subchannel_register(): makes a recognized device known.</summary>
    public async SimTask Register(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("io_subchannel_register");
        var sch = cdev.Read().Sch;
        var adjustInitCount = true;
        if (sch.Read().IsRegistered && await RegisterOnLive(cdev, sch) is var (completed, adjust))
        {
            adjustInitCount = adjust;
            if (completed) SayRecognized(cdev);
        }
        if (adjustInitCount) cio.IoSubchannels.EndRecognition(cdev);
    }

    /// <summary>Models io_subchannel_recog_done(). Called with the lock held.</summary>
    public async SimTask RecognitionDone(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("io_subchannel_recog_done");
        switch (cdev.Read().Private.Read().State)
        {
            case DevState.Boxed or DevState.NotOper:
                cio.HasGivenUp |= cdev.Read().Private.Read().State == DevState.Boxed;
                cdev.Read().Private.Write().RecogDone = true;
                await cio.Todos.Schedule(cdev, CdevTodo.Unreg);
                cio.IoSubchannels.EndRecognition(cdev);
                break;
            case DevState.Offline:
                await cio.Todos.Schedule(cdev, CdevTodo.Register);
                break;
        }
    }

    /// <summary>Takes the device off its subchannel; as shipped whatever device is there, with the remedy none but this one.</summary>
    public async SimTask Detach(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        await cio.Lock(sch.Read().LockPtr);
        if (!k.Variant.Has(Remedies.DetachSelf) || CioSubsystem.GetCdev(sch) == cdev) CioSubsystem.SetCdev(sch, Ptr<CcwDevice>.Null);
        await cio.UnlockPoint(sch.Read().LockPtr);
    }

    /// <summary>What ccw_device_todo() and io_subchannel_sch_event() do with a device that goes.</summary>
    /// <remarks>It is off its subchannel before its driver is unbound, so that io_subchannel_quiesce() finds none.</remarks>
    /// <param name="cdev">The device.</param>
    /// <param name="sch">The subchannel that it is on.</param>
    /// <param name="wasReported">Something happened to the subchannel, which may happen again meanwhile; for the remedy.</param>
    public async SimTask DetachAndUnregister(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch, bool wasReported)
    {
        if (k.Variant.Has(Remedies.DetachLast)) { await DetachLast.Unregister(cio, cdev, sch, wasReported); return; }
        await Detach(cdev, sch);
        await Unregister(cdev);
    }

    /// <summary>Releases the lock of the device and quiesces its subchannel.</summary>
    /// <remarks>Nobody holds the subchannel, and the device may leave it meanwhile.</remarks>
    internal async SimTask QuiesceUnlocked(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        if (k.Variant.Has(Remedies.HoldSubchannel)) { await HoldSubchannel.Quiesce(cio, cdev); return; }
        await cio.UnlockCcw(cdev);
        await cio.IoSubchannels.Quiesce(sch);
    }

    /// <summary>Models ccw_device_unregister().</summary>
    public async SimTask Unregister(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("ccw_device_unregister");
        if (cdev.Read().IsRegistered) await k.Core.Delete(cdev.As<Device>());
        if (k.Variant.Has(Remedies.StopTimer)) await StopTimer.Stop(cio, cdev);
        if (k.Variant.Has(Remedies.CountOnce)) CountOnce.EndRecognition(cio, cdev);
        if (!cdev.Read().Private.Read().Initialized) return;
        cdev.Read().Private.Write().Initialized = false;
        await k.Core.Put(cdev.As<Device>());
    }

    /// <summary>Models ccw_device_release(): the pool goes first, the parent's reference after it.</summary>
    public async SimTask Release(CcwDevice device)
    {
        using var frame = k.Enter("ccw_device_release");
        var cdev = new Ptr<CcwDevice>(device);
        cio.Watch?.Releasing(cdev);
        var priv = cdev.Read().Private;
        CioDma.Free(k, priv.Read().DmaPool, priv.Read().DmaArea, CioSubsystem.DmaAreaSize);
        CioDma.Destroy(k, priv.Read().DmaPool);
        await k.Core.Put(cdev.Read().Parent);
        k.Heap.Free(priv);
        k.Heap.Free(cdev);
    }

    /// <summary>Models ccw_device_move_to_sch().</summary>
    /// <returns>0, -ENODEV, or -EBUSY if the old subchannel is busy.</returns>
    public async SimTask<int> MoveTo(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("ccw_device_move_to_sch");
        var old = cdev.Read().Sch;
        var wasEnabled = false;
        if (!k.Core.Get(sch.As<Device>())) return -Errno.ENODEV;
        if (!cio.IsPseudo(old))
        {
            await cio.Lock(old.Read().LockPtr);
            wasEnabled = old.Read().Schib.Pmcw.IsEnabled;
            var result = wasEnabled ? cio.Ops.Disable(old) : 0;
            await cio.UnlockPoint(old.Read().LockPtr);
            if (result == -Errno.EBUSY)
            {
                await k.Core.Put(sch.As<Device>());
                return result;
            }
        }
        await sch.Read().RegMutex.Lock();
        var moved = await DeviceMove(cdev.As<Device>(), sch.As<Device>());
        sch.Read().RegMutex.Unlock();
        if (moved != 0)
        {
            if (wasEnabled)
            {
                await cio.Lock(old.Read().LockPtr);
                cio.Ops.Enable(old);
                await cio.UnlockPoint(old.Read().LockPtr);
            }
            await k.Core.Put(sch.As<Device>());
            return moved;
        }
        if (!cio.IsPseudo(old))
        {
            await cio.Lock(old.Read().LockPtr);
            CioSubsystem.SetCdev(old, Ptr<CcwDevice>.Null);
            await cio.UnlockPoint(old.Read().LockPtr);
            cio.Css.ScheduleEval(old.Read().Id);
        }
        if (k.Variant.Has(Remedies.MoveLock)) return await MoveLock.FinishMove(cio, cdev, old, sch);
        await k.Core.Put(old.As<Device>());
        await cio.Lock(sch.Read().LockPtr);
        cdev.Write().CcwLock = sch.Read().LockPtr;
        if (!cio.IsPseudo(sch)) CioSubsystem.SetCdev(sch, cdev);
        await cio.UnlockPoint(sch.Read().LockPtr);
        if (!cio.IsPseudo(sch)) cio.Css.UpdateSsdInfo(sch);
        return 0;
    }

    /// <summary>Models wait_event() within its caller: sleeps on cdev->private->wait_q until dev_fsm_final_state().</summary>
    public async SimTask WaitFinal(Ptr<CcwDevice> cdev, bool orDisconnected)
    {
        while (true)
        {
            var queue = cdev.Read().Private.Read().WaitQueue;
            var ticket = queue.Prepare();
            if (IsFinal(cdev, orDisconnected)) return;
            await queue.Sleep(ticket);
        }
    }

    /// <summary>Whether the state is final, or disconnected if that counts.</summary>
    public static bool IsFinal(Ptr<CcwDevice> cdev, bool orDisconnected)
    {
        var state = cdev.Read().Private.Read().State;
        return state.IsFinal() || (orDisconnected && state == DevState.Disconnected);
    }

    private async SimTask<(bool Completed, bool AdjustInitCount)> RegisterOnLive(Ptr<CcwDevice> cdev, Ptr<Subchannel> sch)
    {
        cio.Css.UpdateSsdInfo(sch);
        if (k.Variant.Has(Remedies.RegisterOnce) && !cdev.Read().Private.Read().Initialized) return (true, false);
        if (cdev.Read().IsRegistered)
        {
            if (cdev.Read().Drv is null)
            {
                if (k.Variant.Has(Remedies.RecognizedFirst)) SayRecognized(cdev);
                await k.Core.Binding.ReleaseDriver(cdev.As<Device>());
                await k.Core.Binding.Attach(cdev.As<Device>());
            }
            return (true, false);
        }
        if (await k.Core.Add(cdev.As<Device>()) == 0) return (true, true);
        await Detach(cdev, sch);
        await k.Core.Put(cdev.As<Device>());
        return (false, true);
    }

    /// <summary>Whoever waits for the recognition of the device goes on.</summary>
    internal static void SayRecognized(Ptr<CcwDevice> cdev)
    {
        cdev.Read().Private.Write().RecogDone = true;
        cdev.Read().Private.Read().WaitQueue.WakeUp();
    }

    /// <summary>Models device_move(): the parent of a registered device changes, with its reference.</summary>
    /// <returns>0, or -ENOENT if the device is not in sysfs any more.</returns>
    private async SimTask<int> DeviceMove(Ptr<Device> device, Ptr<Device> parent)
    {
        using var frame = k.Enter("device_move");
        if (!device.Read().IsRegistered) return -Errno.ENOENT;
        k.Core.Get(parent);
        var old = device.Read().Parent;
        device.Write().Parent = parent;
        await k.Core.Put(old);
        return 0;
    }

    /// <summary>Models io_subchannel_create_ccwdev(): io_subchannel_allocate_dev and io_subchannel_initialize_dev.</summary>
    private async SimTask<Ptr<CcwDevice>> Create(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_create_ccwdev");
        var cdev = AllocateDev(sch);
        if (cdev.IsNull) return cdev;
        var priv = cdev.Read().Private;
        priv.Write().Cdev = cdev;
        priv.Write().State = DevState.NotOper;
        priv.Write().Devno = sch.Read().Schib.Pmcw.DeviceNumber;
        priv.Write().Ssid = sch.Read().Id.Ssid;
        priv.Write().TodoWork = new WorkItem("ccw_device_todo", () => cio.Todos.Run(priv));
        priv.Write().WaitQueue = new WaitQueue(k.World, "for a state of the ccw device (cdev->private->wait_q)");
        priv.Write().Timer = new Simulation.Timer(k.Scheduler, "ccw_device_timeout", () => cio.Fsm.TimerExpired(priv));
        cdev.Write().CcwLock = sch.Read().LockPtr;
        cdev.Write().Parent = sch.As<Device>();
        cdev.Write().Bus = cio.CcwBus;
        k.Core.Initialize(cdev.As<Device>());
        cdev.Write().Name = $"0.{priv.Read().Ssid:x}.{priv.Read().Devno:x4}";
        k.Core.Get(sch.As<Device>());
        priv.Write().Initialized = true;
        await cio.Lock(sch.Read().LockPtr);
        CioSubsystem.SetCdev(sch, cdev);
        await cio.UnlockPoint(sch.Read().LockPtr);
        return cdev;
    }

    /// <summary>
    /// Models io_subchannel_allocate_dev(): the structures of a ccw device, its pool and its DMA area; NULL without memory.
    /// </summary>
    private Ptr<CcwDevice> AllocateDev(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_allocate_dev");
        var cdev = k.Allocate(new CcwDevice(cio));
        if (cdev.IsNull) return cdev;
        var priv = k.Allocate(new CcwDevicePrivate());
        if (!priv.IsNull)
        {
            var pool = CioDma.Create(k, $"ccw device 0.{sch.Read().Id.Ssid:x}.{sch.Read().Schib.Pmcw.DeviceNumber:x4}");
            var area = pool.IsNull ? 0 : CioDma.Zalloc(k, pool, CioSubsystem.DmaAreaSize);
            if (area != 0)
            {
                priv.Write().DmaPool = pool;
                priv.Write().DmaArea = area;
                cdev.Write().Private = priv;
                return cdev;
            }
            if (!pool.IsNull) CioDma.Destroy(k, pool);
            k.Heap.Free(priv);
        }
        k.Heap.Free(cdev);
        return Ptr<CcwDevice>.Null;
    }
}
