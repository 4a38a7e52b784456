using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The driver of I/O subchannels: probe, remove, quiesce, settle (device.c).</summary>
internal sealed class IoSubchannels
{
    private const int TenthOfSecond = 100;
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;
    private readonly WaitQueue initWaitQueue;

    public IoSubchannels(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
        initWaitQueue = new WaitQueue(k.World, "for devices to be recognized (ccw_device_init_wq)");
    }

    /// <summary>Devices being recognized (ccw_device_init_count).</summary>
    public int InitCount { get; private set; }

    /// <summary>One more device is being recognized.</summary>
    public void BeginRecognition(Ptr<CcwDevice> cdev)
    {
        cdev.Read().Private.Write().IsCounted = true;
        InitCount++;
    }

    /// <summary>A recognition ended; with the remedy only one that was counted, and that once.</summary>
    public void EndRecognition(Ptr<CcwDevice> cdev)
    {
        var priv = cdev.Read().Private;
        if (k.Variant.Has(Remedies.CountOnce) && !priv.Read().IsCounted) return;
        priv.Write().IsCounted = false;
        if (--InitCount == 0) initWaitQueue.WakeUp();
    }

    /// <summary>Models io_subchannel_settle(); a signal ends it.</summary>
    public async SimTask Settle()
    {
        using var frame = k.Enter("io_subchannel_settle");
        while (true)
        {
            var ticket = initWaitQueue.Prepare();
            if (InitCount == 0) break;
            if (await initWaitQueue.SleepInterruptible(ticket) != 0) return;
        }
        await cio.WorkQueue.FlushAll();
    }

    /// <summary>Models io_subchannel_probe(): always 0, so that remove is called.</summary>
    public async SimTask<int> Probe(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_probe");
        InitFields(sch);
        if (cio.Ops.CommitConfig(sch) == 0)
        {
            await k.Point;
            if (k.Variant.Has(Remedies.FreeLater)) await FreeLater.WaitForHandlers(k);
            var priv = k.Allocate(new IoSubchannelPrivate());
            if (!priv.IsNull)
            {
                var area = k.Faults.Fails(AllocationKind.Pages) ? 0 : k.Memory.Allocate(8, "io_subchannel_dma_area", 8);
                if (area != 0)
                {
                    priv.Write().SenseCcw = area;
                    sch.Write().IoPrivate = priv;
                    cio.Css.ScheduleEval(sch.Read().Id);
                    return 0;
                }
                k.Heap.Free(priv);
            }
        }
        await cio.Lock(sch.Read().LockPtr);
        await cio.Css.ScheduleTodo(sch, SchTodo.Unreg);
        await cio.UnlockPoint(sch.Read().LockPtr);
        return 0;
    }

    /// <summary>Models io_subchannel_init_config() within its caller.</summary>
    public static void InitConfig(Ptr<Subchannel> sch) => sch.Write().Config = new SchConfig { Csense = true };

    /// <summary>Models io_subchannel_remove().</summary>
    /// <remarks>A subchannel whose probe failed has no private data: the kernel reads through NULL here, and so does this.</remarks>
    public async SimTask Remove(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_remove");
        var priv = sch.Read().IoPrivate;
        var cdev = CioSubsystem.GetCdev(sch);
        if (!cdev.IsNull && k.Variant.Has(Remedies.DetachLast)) await DetachLast.Remove(cio, cdev, sch);
        else if (!cdev.IsNull)
        {
            await cio.Devices.Unregister(cdev);
            await ClearPrivate(sch);
        }
        if (priv.IsNull && k.Variant.Has(Remedies.NoIoPrivate)) return;
        k.Memory.Free(priv.Read().SenseCcw);
        k.Heap.Free(priv);
    }

    /// <summary>Models io_subchannel_quiesce(): stops I/O and disables the subchannel.</summary>
    public async SimTask Quiesce(Ptr<Subchannel> sch)
    {
        using var frame = k.Enter("io_subchannel_quiesce");
        await cio.Lock(sch.Read().LockPtr);
        if (!cio.IsPseudo(sch) && sch.Read().Schib.Pmcw.IsEnabled) await QuiesceEnabled(sch);
        await cio.UnlockPoint(sch.Read().LockPtr);
    }

    /// <summary>The part of io_subchannel_remove() that takes the device and the private data off the subchannel.</summary>
    internal async SimTask ClearPrivate(Ptr<Subchannel> sch)
    {
        await cio.Lock(sch.Read().LockPtr);
        CioSubsystem.SetCdev(sch, Ptr<CcwDevice>.Null);
        sch.Write().IoPrivate = Ptr<IoSubchannelPrivate>.Null;
        await cio.UnlockPoint(sch.Read().LockPtr);
    }

    private async SimTask QuiesceEnabled(Ptr<Subchannel> sch)
    {
        var cdev = CioSubsystem.GetCdev(sch);
        var result = cio.Ops.Disable(sch);
        if (result != -Errno.EBUSY) return;
        if (k.Variant.Has(Remedies.DetachLast)) await DetachLast.StopIo(cio, cdev, sch);
        else await StopIo(sch, cdev);
    }

    /// <summary>The part of io_subchannel_quiesce() that stops what runs, and tells the driver. Called with sch->lock held.</summary>
    internal async SimTask StopIo(Ptr<Subchannel> sch, Ptr<CcwDevice> cdev)
    {
        var result = -Errno.EBUSY;
        if (!k.Variant.Has(Remedies.TellQuiesced)) await TellDriver(cdev);
        while (result == -Errno.EBUSY)
        {
            cio.Fsm.SetState(cdev, DevState.Quiesce);
            cdev.Read().Private.Write().Iretry = 255;
            result = cio.Ops.CancelHaltClear(cdev);
            if (result == -Errno.EBUSY)
            {
                cio.Fsm.SetTimeout(cdev, TenthOfSecond);
                await cio.UnlockPoint(sch.Read().LockPtr);
                while (true)
                {
                    var queue = cdev.Read().Private.Read().WaitQueue;
                    var ticket = queue.Prepare();
                    if (cdev.Read().Private.Read().State != DevState.Quiesce) break;
                    await queue.Sleep(ticket);
                }
                await cio.Lock(sch.Read().LockPtr);
            }
            result = cio.Ops.Disable(sch);
        }
        if (k.Variant.Has(Remedies.TellQuiesced)) await TellDriver(cdev);
    }

    private static async SimTask TellDriver(Ptr<CcwDevice> cdev)
    {
        if (cdev.Read().Handler is { } handler)
            await handler(cdev, cdev.Read().Private.Read().Intparm, InterruptStatus.FromError(-Errno.EIO));
    }

    /// <summary>Models io_subchannel_init_fields() within its caller.</summary>
    private void InitFields(Ptr<Subchannel> sch)
    {
        sch.Write().Opm = cio.ChannelPaths.OperationalPaths(sch.Read().Schib.Pmcw);
        sch.Write().Lpm = (byte)(sch.Read().Schib.Pmcw.Pam & sch.Read().Opm);
        InitConfig(sch);
    }
}
