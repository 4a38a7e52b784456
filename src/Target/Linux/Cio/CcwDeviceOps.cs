using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What ccw drivers call: starting channel programs, DMA memory (device_ops.c).</summary>
public sealed class CcwDeviceOps
{
    private readonly CioSubsystem cio;
    private readonly GuestKernel k;

    internal CcwDeviceOps(CioSubsystem cio)
    {
        this.cio = cio;
        k = cio.Kernel;
    }

    /// <summary>Models ccw_device_start_timeout_key() with ccw_device_start_timeout(). Called with the ccw device lock held.</summary>
    /// <param name="cdev">The device.</param>
    /// <param name="cpa">Guest address of the channel program.</param>
    /// <param name="intparm">Comes back with the interrupt.</param>
    /// <param name="expires">Milliseconds after which it is killed; 0 never.</param>
    /// <param name="allowSuspend">Whether the program may suspend itself (DOIO_ALLOW_SUSPEND).</param>
    /// <returns>0, -EBUSY try again, -ENODEV gone, -EINVAL disabled, -EACCES no path.</returns>
    public async SimTask<int> Start(Ptr<CcwDevice> cdev, uint cpa, uint intparm, long expires = 0, bool allowSuspend = false)
    {
        using var frame = k.Enter("ccw_device_start_timeout_key");
        if (cdev.Read().Parent.IsNull) return -Errno.ENODEV;
        var sch = cdev.Read().Sch;
        var priv = cdev.Read().Private;
        if (k.Variant.Has(Defects.StartEnaBeforeDnv) && !sch.Read().Schib.Pmcw.IsEnabled) return -Errno.EINVAL;
        if (!sch.Read().Schib.Pmcw.IsDeviceNumberValid) return -Errno.ENODEV;
        if (!sch.Read().Schib.Pmcw.IsEnabled) return -Errno.EINVAL;
        var state = priv.Read().State;
        if (state == DevState.NotOper) return -Errno.ENODEV;
        if (state == DevState.Verify || priv.Read().DoVerify)
        {
            // Accepted without being started: a made-up status will answer when verification is over.
            if (priv.Read().FakeIrb) return -Errno.EBUSY;
            priv.Write().FakeIrb = true;
            priv.Write().Intparm = intparm;
            cio.Watch?.FakeAccepted(cdev);
            return 0;
        }
        var stctl = sch.Read().Schib.Scsw.Stctl();
        if (state != DevState.Online || (stctl & (ScswBits.StctlPrimary | ScswBits.StctlSecondary)) == ScswBits.StctlPrimary)
            return -Errno.EBUSY;
        sch.Read().IoPrivate.Write().AllowSuspend = allowSuspend;
        var result = cio.Ops.Start(sch, cpa, 0);
        if (result == 0)
        {
            priv.Write().Intparm = intparm;
            if (expires != 0) cio.Fsm.SetTimeout(cdev, expires);
        }
        else if (result is -Errno.EACCES or -Errno.ENODEV) await cio.Fsm.Event(cdev, DevEvent.Verify);
        return result;
    }

    /// <summary>Models ccw_device_halt(). Called with the ccw device lock held.</summary>
    /// <returns>0, -ENODEV gone, -EINVAL not online, -EBUSY an interrupt is to come.</returns>
    public int Halt(Ptr<CcwDevice> cdev, uint intparm)
    {
        using var frame = k.Enter("ccw_device_halt");
        return Ended(cdev, intparm, CanStop(cdev) is var refused and not 0 ? refused : cio.Ops.Halt(cdev.Read().Sch));
    }

    /// <summary>Models ccw_device_clear(). Called with the ccw device lock held.</summary>
    /// <returns>0, -ENODEV gone, -EINVAL not online.</returns>
    public int Clear(Ptr<CcwDevice> cdev, uint intparm)
    {
        using var frame = k.Enter("ccw_device_clear");
        return Ended(cdev, intparm, CanStop(cdev) is var refused and not 0 ? refused : cio.Ops.Clear(cdev.Read().Sch));
    }

    /// <summary>
    /// Models ccw_device_get_schid() within its caller: the id of whatever subchannel the device is on, read without a lock.
    /// </summary>
    public static SubchannelId GetSubchannelId(Ptr<CcwDevice> cdev) => cdev.Read().Sch.Read().Id;

    /// <summary>Models ccw_device_dma_zalloc() within its caller: zeroed DMA memory of the device.</summary>
    /// <remarks>
    /// Since ad9a14517263 ("s390/cio: make ccw_device_dma_* more robust") every block holds a reference on the device.
    /// Before 48720ba56891 drivers used kmalloc, which knows nothing of the device.
    /// </remarks>
    /// <returns>Its address, or 0.</returns>
    public async SimTask<uint> DmaZalloc(Ptr<CcwDevice> cdev, uint size)
    {
        switch (k.Variant.Lifetime)
        {
            case Lifetime.PreDma:
                return k.Faults.Fails(AllocationKind.Dma) ? 0 : k.Memory.Allocate(size, "kmalloc of virtio_ccw", GuestMemory.Granule);
            case Lifetime.Mainline:
                if (!k.Core.Get(cdev.As<Device>())) return 0;
                var address = CioDma.Zalloc(k, cdev.Read().Private.Read().DmaPool, size);
                if (address == 0) await k.Core.Put(cdev.As<Device>());
                return address;
            default:
                return CioDma.Zalloc(k, cdev.Read().Private.Read().DmaPool, size);
        }
    }

    /// <summary>Models ccw_device_dma_free(), or kfree() where the memory is not the device's: address 0 is allowed.</summary>
    public async SimTask DmaFree(Ptr<CcwDevice> cdev, uint address, uint size)
    {
        if (address == 0) return;
        using var frame = k.Enter(k.Variant.Lifetime == Lifetime.PreDma ? "kfree" : "ccw_device_dma_free");
        if (k.Variant.Lifetime == Lifetime.PreDma)
        {
            k.Memory.Free(address);
            return;
        }
        CioDma.Free(k, cdev.Read().Private.Read().DmaPool, address, size);
        if (k.Variant.Lifetime != Lifetime.Mainline) return;
        await k.Point;
        await k.Core.Put(cdev.As<Device>());
    }

    /// <summary>The tests that ccw_device_halt() and ccw_device_clear() start with.</summary>
    private static int CanStop(Ptr<CcwDevice> cdev)
    {
        if (cdev.Read().Parent.IsNull) return -Errno.ENODEV;
        var pmcw = cdev.Read().Sch.Read().Schib.Pmcw;
        if (!pmcw.IsDeviceNumberValid) return -Errno.ENODEV;
        if (!pmcw.IsEnabled) return -Errno.EINVAL;
        return cdev.Read().Private.Read().State switch
        {
            DevState.NotOper => -Errno.ENODEV,
            DevState.Online or DevState.W4Sense => 0,
            _ => -Errno.EINVAL,
        };
    }

    private static int Ended(Ptr<CcwDevice> cdev, uint intparm, int result)
    {
        if (result == 0) cdev.Read().Private.Write().Intparm = intparm;
        return result;
    }
}
