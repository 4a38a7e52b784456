using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>The SCSI midlayer: hosts (drivers/scsi/hosts.c).</summary>
public sealed partial class ScsiMidlayer : IBlkMqOps
{
    private readonly GuestKernel kernel;
    private readonly BlkMq blkMq;
    private readonly Ida hostIndices;
    private readonly ScsiBus bus;

    /// <summary>Registers the bus with the disk driver.</summary>
    /// <param name="kernel">The guest.</param>
    /// <param name="genhd">The disks.</param>
    public ScsiMidlayer(GuestKernel kernel, Genhd genhd)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(genhd);
        this.kernel = kernel;
        blkMq = genhd.BlkMq;
        hostIndices = new Ida(kernel.World, "host_index_ida");
        Disks = new SdDriver(kernel, this, genhd);
        bus = new ScsiBus(kernel, Disks);
        bus.Drivers.Add(Disks);
    }

    /// <summary>The disk driver.</summary>
    public SdDriver Disks { get; }

    /// <summary>Models scsi_host_alloc(): the driver sets its part afterwards.</summary>
    /// <returns>NULL without memory.</returns>
    public Ptr<ScsiHost> AllocateHost(IScsiHostTemplate template, uint commandSize, string commandName, string busId)
    {
        using var frame = kernel.Enter("scsi_host_alloc");
        var host = kernel.Allocate(new ScsiHost(kernel.World, this)
        {
            Template = template,
            CommandSize = commandSize,
            CommandName = commandName,
            BusId = busId,
        });
        if (host.IsNull) return host;
        var target = host.Write();
        target.Self = host;
        target.HostNo = hostIndices.Allocate();
        target.Name = $"host{target.HostNo}";
        target.Bus = bus;
        kernel.Core.Initialize(host.As<Device>());
        target.ClassDevice = kernel.Heap.Allocate(new EmbeddedDevice(kernel.World, "struct Scsi_Host.shost_dev", () =>
        {
            return kernel.Core.Put(host.As<Device>()); // scsi_host_cls_release()
        }));
        target.ClassDevice.Write().Name = target.Name;
        target.ClassDevice.Write().Parent = host.As<Device>();
        kernel.Core.Initialize(target.ClassDevice.As<Device>());
        target.ErrorHandler = KernelThread.Run(kernel.World, "scsi_eh", thread => ErrorHandler(host, thread));
        return host;
    }

    /// <summary>Models scsi_add_host_with_dma() with scsi_add_host(): pins its parent until its own release.</summary>
    /// <returns>0 or a negative errno; then the caller puts the host.</returns>
    public async SimTask<int> AddHost(Ptr<ScsiHost> host, Ptr<Device> parent)
    {
        using var frame = kernel.Enter("scsi_add_host_with_dma");
        if (host.Read().CanQueue == 0) return -Errno.EINVAL;
        host.Write().Parent = parent;
        host.Write().TagSet = new BlkMqTagSet(
            kernel.World, host.As<HeapObject>(), this, host.Read().CanQueue, host.Read().CommandSize, host.Read().CommandName,
            () => new ScsiCommand());
        var result = blkMq.AllocateTagSet(host.Read().TagSet);
        if (result != 0) return result;
        host.Write().TagSetRefs = 1;
        result = await kernel.Core.Add(host.As<Device>());
        if (result != 0)
        {
            PutTagSet(host);
            return result;
        }
        host.Write().SetState(ScsiHostState.Running);
        kernel.Core.Get(parent);
        kernel.Core.Get(host.As<Device>()); // for the class device
        await kernel.Core.Add(host.Read().ClassDevice.As<Device>());
        return 0;
    }

    /// <summary>Models scsi_remove_host(): removes all devices and waits until nobody uses the tags.</summary>
    public async SimTask RemoveHost(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("scsi_remove_host");
        await host.Read().ScanMutex.Lock();
        await host.Read().HostLock.LockIrqSave();
        var legal = host.Write().SetState(ScsiHostState.Cancel) || host.Write().SetState(ScsiHostState.CancelRecovery);
        await host.Read().HostLock.UnlockIrqRestore();
        if (legal) await ForgetHost(host);
        host.Read().ScanMutex.Unlock();
        await kernel.Point;
        if (!legal) return;
        PutTagSet(host);
        await host.Read().TagSetFreed.Wait();
        await host.Read().HostLock.LockIrqSave();
        if (!host.Write().SetState(ScsiHostState.Deleted)) host.Write().SetState(ScsiHostState.DeletedRecovery);
        await host.Read().HostLock.UnlockIrqRestore();
        await kernel.Core.Unregister(host.Read().ClassDevice.As<Device>());
        await kernel.Core.Delete(host.As<Device>());
    }

    /// <summary>Models scsi_host_put() within its caller.</summary>
    public SimTask PutHost(Ptr<ScsiHost> host) => kernel.Core.Put(host.As<Device>());

    /// <summary>Models scsi_host_dev_release(): may well run long after the driver's remove, and then releases the parent too.</summary>
    internal async SimTask ReleaseHost(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("scsi_host_dev_release");
        var parent = host.Read().Parent;
        if (host.Read().ErrorHandler is { } thread) await thread.Stop();
        hostIndices.Free(host.Read().HostNo);
        if (host.Read().State != ScsiHostState.Created) await kernel.Core.Put(parent);
        host.Read().Template.FreePrivate(host.Read().Private);
        kernel.Heap.Free(host.Read().ClassDevice);
        kernel.Heap.Free(host);
    }

    /// <summary>Models scsi_mq_free_tags() with kref_put() of tagset_refcnt with scsi_mq_free_tags().</summary>
    private void PutTagSet(Ptr<ScsiHost> host)
    {
        if (--host.Write().TagSetRefs > 0) return;
        using var frame = kernel.Enter("scsi_mq_free_tags");
        blkMq.FreeTagSet(host.Read().TagSet);
        host.Read().TagSetFreed.Complete();
    }

    /// <summary>Models scsi_forget_host().</summary>
    private async SimTask ForgetHost(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("scsi_forget_host");
        while (true)
        {
            await host.Read().HostLock.LockIrqSave();
            var found = Ptr<ScsiDevice>.Null;
            foreach (var device in host.Read().Devices)
            {
                if (device.Read().State == ScsiDeviceState.Deleted) continue;
                found = device;
                break;
            }
            await host.Read().HostLock.UnlockIrqRestore();
            if (found.IsNull) return;
            await RemoveDeviceLocked(found);
        }
    }
}
