using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>Channel programs of the transport: start, wait, and the interrupt that ends the wait (virtio_ccw.c).</summary>
internal sealed class VirtioCcwIo(VirtioCcwTransport transport)
{
    private const uint FeatureFamily = 0x26;
    private readonly GuestKernel k = transport.Kernel;
    private readonly CioSubsystem cio = transport.Cio;

    /// <summary>Takes a zeroed CCW or payload of the ccw device; 0 if there is no memory.</summary>
    public SimTask<uint> Zalloc(Ptr<VirtioCcwDevice> vcdev, uint size) => cio.DeviceOps.DmaZalloc(vcdev.Read().Cdev, size);

    /// <summary>Gives a CCW or payload back; 0 is allowed.</summary>
    public SimTask Free(Ptr<VirtioCcwDevice> vcdev, uint address, uint size) => cio.DeviceOps.DmaFree(vcdev.Read().Cdev, address, size);

    /// <summary>Writes the one CCW of a channel program.</summary>
    public void Write(uint ccw, byte command, byte flags, uint count, uint data) => cio.WriteCcw(ccw, command, flags, (ushort)count, data);

    /// <summary>Models ccw_io_helper(): starts one channel program and sleeps until its interrupt came.</summary>
    /// <param name="vcdev">The device.</param>
    /// <param name="ccw">Guest address of the channel program.</param>
    /// <param name="intparm">Which operation, and the queue's number in the low half.</param>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> Run(Ptr<VirtioCcwDevice> vcdev, uint ccw, uint intparm)
    {
        using var frame = k.Enter("ccw_io_helper");
        if (!k.Variant.Has(Defects.NoIoLock)) await vcdev.Read().IoLock.Lock();
        transport.Rules.Check(vcdev, intparm & VirtioCcwCommand.IntparmMask);
        var result = await StartAndWait(vcdev, ccw, intparm);
        while (result == -Errno.EAGAIN && k.Variant.Has(Remedies.RetryDeferred)) result = await StartAndWait(vcdev, ccw, intparm);
        if (!k.Variant.Has(Defects.NoIoLock)) vcdev.Read().IoLock.Unlock();
        await k.Point;
        return result;
    }

    /// <summary>Models virtio_ccw_int_handler(): ends waits, then looks at the indicators. Called with the ccw device lock held.</summary>
    public async SimTask IntHandler(Ptr<CcwDevice> cdev, uint intparm, InterruptStatus status)
    {
        using var frame = k.Enter("virtio_ccw_int_handler");
        var activity = intparm & VirtioCcwCommand.IntparmMask;
        var vcdev = cdev.Read().DriverData.As<VirtioCcwDevice>();
        if (vcdev.IsNull) return;
        if (status.Error != 0)
        {
            if (status.Error == -Errno.ENODEV && k.Variant.Has(Remedies.EndLostIo)) { await EndLostIo.EndAll(transport, vcdev); return; }
            vcdev.Write().Err = status.Error;
            transport.Watch?.IoKilled(vcdev);
            CheckActivity(vcdev, activity);
            return;
        }
        if (IsError(status))
        {
            if (!k.Variant.Has(Remedies.OwnErrors) || (vcdev.Read().CurrIo & activity) != 0) vcdev.Write().Err = ErrorOf(status);
        }
        CheckActivity(vcdev, activity);
        await ScanIndicators(vcdev);
        if ((k.Memory.Read64(vcdev.Read().Indicators2) & 1) != 0)
        {
            await transport.Virtio.ConfigChanged(vcdev.As<Virtio.VirtioDevice>());
            await k.Point;
            var indicators2 = vcdev.Read().Indicators2;
            k.Memory.Write64(indicators2, k.Memory.Read64(indicators2) & ~1UL);
        }
    }

    /// <summary>The errno of an interrupt with an error.</summary>
    private int ErrorOf(InterruptStatus status)
    {
        // It was not started: busy for the moment, or path verification was under way.
        if (status.Cc == 1 && k.Variant.Has(Remedies.RetryDeferred)) return -Errno.EAGAIN;
        return (status.Dstat & 0x02) != 0 && (status.Sense0 & 0x80) != 0 ? -Errno.EOPNOTSUPP : -Errno.EIO;
    }

    private async SimTask<int> StartAndWait(Ptr<VirtioCcwDevice> vcdev, uint ccw, uint intparm)
    {
        var flag = intparm & VirtioCcwCommand.IntparmMask;
        int result;
        var start = default(IoStart);
        while (true)
        {
            await cio.LockCcw(vcdev.Read().Cdev);
            result = await cio.DeviceOps.Start(vcdev.Read().Cdev, ccw, intparm);
            if (result == 0)
            {
                if (vcdev.Read().CurrIo == 0) vcdev.Write().Err = 0;
                vcdev.Write().CurrIo |= flag;
                if (transport.Watch is { } watch) start = watch.IoStarted(vcdev, flag);
            }
            await cio.UnlockCcw(vcdev.Read().Cdev);
            if (result != -Errno.EBUSY) break;
            transport.Watch?.IoBusy(vcdev);
            await k.Scheduler.Relax;
        }
        while (true)
        {
            var ticket = vcdev.Read().WaitQueue.Prepare();
            if (!await DoingIo(vcdev, flag)) break;
            await vcdev.Read().WaitQueue.Sleep(ticket);
        }
        k.World.Features.Hit(FeatureFamily, flag, (uint)-(result != 0 ? result : vcdev.Read().Err));
        if (result != 0) return result;
        result = vcdev.Read().Err;
        transport.Watch?.IoReturns(vcdev, start, result);
        return result;
    }

    /// <summary>Models doing_io() within its caller.</summary>
    private async SimTask<bool> DoingIo(Ptr<VirtioCcwDevice> vcdev, uint flag)
    {
        await cio.LockCcw(vcdev.Read().Cdev);
        var doing = vcdev.Read().Err == 0 && (vcdev.Read().CurrIo & flag) != 0;
        await cio.UnlockCcw(vcdev.Read().Cdev);
        return doing;
    }

    /// <summary>Models irb_is_error() within its caller.</summary>
    private static bool IsError(InterruptStatus status) => status.Cstat != 0 || (status.Dstat & ~0x0c) != 0 || status.Cc != 0;

    /// <summary>Models virtio_ccw_check_activity().</summary>
    private void CheckActivity(Ptr<VirtioCcwDevice> vcdev, uint activity)
    {
        using var frame = k.Enter("virtio_ccw_check_activity");
        if ((vcdev.Read().CurrIo & activity) == 0) return;
        if (!VirtioCcwCommand.IsOneOperation(activity))
        {
            k.Log($"Suspicious activity '{activity:x8}'");
            return;
        }
        vcdev.Write().CurrIo &= ~activity;
        vcdev.Read().WaitQueue.WakeUp();
    }

    private async SimTask ScanIndicators(Ptr<VirtioCcwDevice> vcdev)
    {
        await vcdev.Read().IrqLock.ReadLock();
        for (var bit = 0; bit < 64; bit++)
        {
            var indicators = vcdev.Read().Indicators;
            var value = k.Memory.Read64(indicators);
            if (value >> bit == 0) break;
            if ((value >> bit & 1) == 0) continue;
            k.Memory.Write64(indicators, value & ~(1UL << bit));
            var vq = await VqByInd(vcdev, bit);
            await k.Point;
            await transport.Virtio.Ring.VringInterrupt(vq);
        }
        vcdev.Read().IrqLock.ReadUnlock();
    }

    /// <summary>Models virtio_ccw_vq_by_ind(): NULL if there is no such queue.</summary>
    private async SimTask<Ptr<Virtio.Virtqueue>> VqByInd(Ptr<VirtioCcwDevice> vcdev, int index)
    {
        using var frame = k.Enter("virtio_ccw_vq_by_ind");
        var found = Ptr<Virtio.Virtqueue>.Null;
        await vcdev.Read().VcdevLock.LockIrqSave();
        foreach (var info in vcdev.Read().Virtqueues)
        {
            if (info.Read().Vq.Read().Index != index) continue;
            found = info.Read().Vq;
            break;
        }
        vcdev.Read().VcdevLock.Unlock();
        return found;
    }
}
