using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>The ccw driver of virtio devices: probe, online, offline, remove (virtio_ccw.c).</summary>
public sealed partial class VirtioCcwDriver : CcwDriver
{
    private const uint DmaAreaSize = 24;
    private const uint RevisionInfoSize = 4;
    private const ushort MaxRevision = 2;
    private readonly VirtioCcwTransport transport;
    private readonly GuestKernel k;
    private readonly CioSubsystem cio;

    internal VirtioCcwDriver(VirtioCcwTransport transport) : base("virtio_ccw")
    {
        this.transport = transport;
        k = transport.Kernel;
        cio = transport.Cio;
    }

    /// <inheritdoc/>
    public override ushort CuType => 0x3832;

    /// <summary>Models virtio_ccw_probe(): the device is set online from an async context, which holds no reference on it.</summary>
    /// <remarks>With <see cref="Remedies.AsyncOnline"/> it does, and it takes the device lock as online_store() does.</remarks>
    public override SimTask<int> Probe(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("virtio_ccw_probe");
        cdev.Write().Handler = transport.Io.IntHandler;
        if (k.Variant.Has(Remedies.AsyncOnline)) k.Core.Get(cdev.As<Device>());
        k.Core.ScheduleAsync(() => AutoOnline(cdev));
        return 0;
    }

    /// <summary>Models virtio_ccw_online().</summary>
    /// <remarks>In the regime driver-pin it takes the reference on the ccw device that release_dev gives up.</remarks>
    public override async SimTask<int> SetOnline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("virtio_ccw_online");
        if (k.Variant.Lifetime == Lifetime.DriverPin) k.Core.Get(cdev.As<Device>());
        var vcdev = k.Allocate(new VirtioCcwDevice(transport));
        if (vcdev.IsNull) return await OnlineFailed(cdev, vcdev, -Errno.ENOMEM);
        vcdev.Write().Parent = cdev.As<Device>();
        vcdev.Write().Cdev = cdev;
        if (k.Variant.Has(Defects.DmaParmsEmbedded)) cdev.Write().DmaParms = vcdev.As<HeapObject>();
        vcdev.Write().DmaArea = await transport.Io.Zalloc(vcdev, DmaAreaSize);
        if (vcdev.Read().DmaArea == 0) return await OnlineFailed(cdev, vcdev, -Errno.ENOMEM);
        vcdev.Write().IsThinint = transport.Airqs.UseAirq;
        vcdev.Write().Config = transport.Config;
        await SetDrvdata(cdev, vcdev);
        vcdev.Write().Id = new VirtioDeviceId(cdev.Read().CuModel, cdev.Read().CuType);
        var result = await SetTransportRev(vcdev);
        // Drvdata keeps pointing to what is freed here.
        if (result != 0) return await OnlineFailed(cdev, vcdev, result);
        result = await transport.Virtio.RegisterVirtioDevice(vcdev.As<VirtioDevice>());
        if (result == 0) return 0;
        await SetDrvdata(cdev, Ptr<VirtioCcwDevice>.Null);
        await k.Core.Put(vcdev.As<Device>());
        if (k.Variant.Has(Defects.KfreeAfterUnregister)) await Free(vcdev);
        return result;
    }

    /// <summary>Models virtio_ccw_offline().</summary>
    public override async SimTask<int> SetOffline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("virtio_ccw_offline");
        var vcdev = await GrabDrvdata(cdev);
        if (vcdev.IsNull) return 0;
        await Unregister(cdev, vcdev);
        if (k.Variant.Has(Defects.DmaParmsEmbedded)) cdev.Write().DmaParms = Ptr<HeapObject>.Null;
        return 0;
    }

    /// <summary>Models virtio_ccw_remove(). A device that is just being set online is left to whoever does that.</summary>
    public override async SimTask Remove(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("virtio_ccw_remove");
        var vcdev = await GrabDrvdata(cdev);
        if (!vcdev.IsNull && cdev.Read().Online) await Unregister(cdev, vcdev);
        cdev.Write().Handler = null;
        await k.Point;
    }

    /// <summary>Models virtio_ccw_cio_notify().</summary>
    public override bool Notify(Ptr<CcwDevice> cdev, CioEvent happened)
    {
        using var frame = k.Enter("virtio_ccw_cio_notify");
        var vcdev = cdev.Read().DriverData.As<VirtioCcwDevice>();
        if (vcdev.IsNull) return false;
        if (happened == CioEvent.Gone)
        {
            vcdev.Write().DeviceLost = true;
            k.World.Trace.Add(TraceKind.State, $"{cdev.Read().Name}: the virtio device is lost");
        }
        return happened == CioEvent.Oper;
    }

    /// <summary>Models virtio_ccw_release_dev(): the last reference on the virtio device is gone.</summary>
    internal async SimTask ReleaseDev(VirtioCcwDevice device)
    {
        using var frame = k.Enter("virtio_ccw_release_dev");
        if (!k.Variant.Has(Defects.KfreeAfterUnregister)) await Free(new Ptr<VirtioCcwDevice>(device));
    }

    /// <summary>What virtio_ccw_release_dev() does.</summary>
    private async SimTask Free(Ptr<VirtioCcwDevice> vcdev)
    {
        var cdev = vcdev.Read().Cdev;
        await cio.DeviceOps.DmaFree(cdev, vcdev.Read().DmaArea, DmaAreaSize);
        k.Heap.Free(vcdev);
        if (k.Variant.Lifetime == Lifetime.DriverPin) await k.Core.Put(cdev.As<Device>());
    }

    /// <summary>Models virtio_ccw_auto_online(), in an async context.</summary>
    private async SimTask AutoOnline(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("virtio_ccw_auto_online");
        if (k.Variant.Has(Remedies.AsyncOnline)) { await AsyncOnline.SetOnline(cio, cdev); return; }
        var result = await cio.Online.SetOnline(cdev);
        if (result != 0) k.Log($"{cdev.Read().Name}: Failed to set online: {result}");
    }

    private async SimTask<int> OnlineFailed(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev, int result)
    {
        if (!vcdev.IsNull)
        {
            if (k.Variant.Has(Remedies.ClearDrvdata)) await SetDrvdata(cdev, Ptr<VirtioCcwDevice>.Null);
            await transport.Io.Free(vcdev, vcdev.Read().DmaArea, DmaAreaSize);
            k.Heap.Free(vcdev);
        }
        if (k.Variant.Lifetime == Lifetime.DriverPin) await k.Core.Put(cdev.As<Device>());
        return result;
    }

    /// <summary>Models virtio_ccw_set_transport_rev(): the highest revision that the host accepts.</summary>
    private async SimTask<int> SetTransportRev(Ptr<VirtioCcwDevice> vcdev)
    {
        using var frame = k.Enter("virtio_ccw_set_transport_rev");
        var ccw = await transport.Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return -Errno.ENOMEM;
        var info = await transport.Io.Zalloc(vcdev, RevisionInfoSize);
        if (info == 0)
        {
            await transport.Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
            return -Errno.ENOMEM;
        }
        transport.Io.Write(ccw, VirtioCcwCommand.SetVirtioRev, 0, RevisionInfoSize, info);
        vcdev.Write().Revision = k.Variant.Has(Defects.ReadStatusRev1) ? (ushort)1 : MaxRevision;
        int result;
        while (true)
        {
            k.Memory.Write16(info, vcdev.Read().Revision);
            k.Memory.Write16(info + 2, 0);
            result = await transport.Io.Run(vcdev, ccw, VirtioCcwCommand.DoingSetVirtioRev);
            if (result != -Errno.EOPNOTSUPP) break;
            if (vcdev.Read().Revision == 0)
            {
                result = 0;
                break;
            }
            vcdev.Write().Revision--;
        }
        await transport.Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
        await transport.Io.Free(vcdev, info, RevisionInfoSize);
        return result;
    }

    /// <summary>Models virtio_grab_drvdata(): the device, for the one who takes it down; NULL for everybody else.</summary>
    private async SimTask<Ptr<VirtioCcwDevice>> GrabDrvdata(Ptr<CcwDevice> cdev)
    {
        using var frame = k.Enter("virtio_grab_drvdata");
        await cio.LockCcw(cdev);
        var vcdev = cdev.Read().DriverData.As<VirtioCcwDevice>();
        if (!vcdev.IsNull && vcdev.Read().GoingAway) vcdev = Ptr<VirtioCcwDevice>.Null;
        else if (!vcdev.IsNull) vcdev.Write().GoingAway = true;
        await cio.UnlockCcw(cdev);
        return vcdev;
    }

    private SimTask Unregister(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev) =>
        k.Variant.Has(Remedies.PinVcdev) ? UnregisterPinned(cdev, vcdev) : UnregisterShipped(cdev, vcdev);

    /// <summary>What virtio_ccw_offline() and virtio_ccw_remove() do with the virtio device.</summary>
    private async SimTask UnregisterShipped(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev)
    {
        if (vcdev.Read().DeviceLost && !k.Variant.Has(Defects.NoBreakOnLost)) await transport.Virtio.BreakDevice(vcdev.As<VirtioDevice>());
        transport.Watch?.Unregistering(cdev, vcdev);
        await transport.Virtio.UnregisterVirtioDevice(vcdev.As<VirtioDevice>());
        // Drvdata points to what may be freed by now.
        await SetDrvdata(cdev, Ptr<VirtioCcwDevice>.Null);
        if (k.Variant.Has(Defects.KfreeAfterUnregister)) await Free(vcdev);
    }

    private async SimTask SetDrvdata(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev)
    {
        await cio.LockCcw(cdev);
        cdev.Write().DriverData = vcdev.As<HeapObject>();
        await cio.UnlockCcw(cdev);
    }
}
