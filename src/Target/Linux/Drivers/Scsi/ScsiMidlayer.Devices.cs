using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>Targets and devices: allocating, showing, removing, releasing (scsi_scan.c, scsi_sysfs.c, scsi.c).</content>
public sealed partial class ScsiMidlayer
{
    /// <summary>Models scsi_device_get() within its caller.</summary>
    /// <returns>False if the device is being removed.</returns>
    public bool GetDevice(Ptr<ScsiDevice> device)
    {
        if (device.Read().State is ScsiDeviceState.Deleted or ScsiDeviceState.Cancel) return false;
        return kernel.Core.Get(device.As<Device>());
    }

    /// <summary>Models scsi_device_put() within its caller.</summary>
    public SimTask PutDevice(Ptr<ScsiDevice> device) => kernel.Core.Put(device.As<Device>());

    /// <summary>Models scsi_device_lookup(): a device with a reference, or NULL.</summary>
    public async SimTask<Ptr<ScsiDevice>> Lookup(Ptr<ScsiHost> host, uint id, ulong lun)
    {
        using var frame = kernel.Enter("scsi_device_lookup");
        await host.Read().HostLock.LockIrqSave();
        var found = Ptr<ScsiDevice>.Null;
        foreach (var device in host.Read().Devices)
        {
            var candidate = device.Read();
            if (candidate.State == ScsiDeviceState.Deleted || candidate.Id != id || candidate.Lun != lun) continue;
            if (GetDevice(device)) found = device;
            break;
        }
        await host.Read().HostLock.UnlockIrqRestore();
        return found;
    }

    /// <summary>Models __scsi_iterate_devices(): the next device with a reference, or NULL; puts the previous one.</summary>
    internal async SimTask<Ptr<ScsiDevice>> Next(Ptr<ScsiHost> host, Ptr<ScsiDevice> previous)
    {
        using var frame = kernel.Enter("__scsi_iterate_devices");
        await host.Read().HostLock.LockIrqSave();
        var next = Ptr<ScsiDevice>.Null;
        var devices = host.Read().Devices;
        for (var i = previous.IsNull ? 0 : devices.IndexOf(previous) + 1; i < devices.Count && next.IsNull; i++)
            if (GetDevice(devices[i])) next = devices[i];
        await host.Read().HostLock.UnlockIrqRestore();
        if (!previous.IsNull) await PutDevice(previous);
        return next;
    }

    /// <summary>Models scsi_remove_device().</summary>
    public async SimTask RemoveDevice(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("scsi_remove_device");
        var host = device.Read().Host;
        await host.Read().ScanMutex.Lock();
        await RemoveDeviceLocked(device);
        host.Read().ScanMutex.Unlock();
        await kernel.Point;
    }

    /// <summary>
    /// Models scsi_device_dev_release_usercontext() with scsi_device_dev_release(): unlinks the device and puts its queue and its target.
    /// </summary>
    internal async SimTask ReleaseDevice(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("scsi_device_dev_release_usercontext");
        var parent = device.Read().Parent;
        var host = device.Read().Host;
        await host.Read().HostLock.LockIrqSave();
        host.Write().Devices.Remove(device);
        await host.Read().HostLock.UnlockIrqRestore();
        blkMq.PutQueue(device.Read().Queue);
        kernel.Heap.Free(device.Read().ClassDevice);
        kernel.Heap.Free(device);
        await kernel.Core.Put(parent);
    }

    /// <summary>Models scsi_target_dev_release().</summary>
    internal async SimTask ReleaseTarget(Ptr<ScsiTarget> target)
    {
        using var frame = kernel.Enter("scsi_target_dev_release");
        var parent = target.Read().Parent;
        kernel.Heap.Free(target);
        await kernel.Core.Put(parent);
    }

    /// <summary>Models scsi_alloc_target(): a new target, or the existing one; either with a reference and a reap reference.</summary>
    private async SimTask<Ptr<ScsiTarget>> AllocateTarget(Ptr<ScsiHost> host, uint id)
    {
        using var frame = kernel.Enter("scsi_alloc_target");
        var target = kernel.Allocate(new ScsiTarget(kernel.World, this) { Host = host, Id = id, Bus = bus });
        if (target.IsNull) return target;
        target.Write().Self = target;
        target.Write().Name = $"target{host.Read().HostNo}:0:{id}";
        kernel.Core.Initialize(target.As<Device>());
        target.Write().Parent = host.As<Device>();
        kernel.Core.Get(host.As<Device>());
        while (true)
        {
            await host.Read().HostLock.LockIrqSave();
            var found = Ptr<ScsiTarget>.Null;
            foreach (var existing in host.Read().Targets)
                if (existing.Read().Id == id) found = existing;
            if (found.IsNull)
            {
                host.Write().Targets.Add(target);
                kernel.Core.Get(target.As<Device>());
                await host.Read().HostLock.UnlockIrqRestore();
                return target;
            }
            kernel.Core.Get(found.As<Device>());
            var alive = found.Read().ReapRefs > 0;
            if (alive) found.Write().ReapRefs++;
            await host.Read().HostLock.UnlockIrqRestore();
            if (alive)
            {
                await kernel.Core.Put(target.As<Device>());
                return found;
            }
            await kernel.Core.Put(found.As<Device>());
            await kernel.Scheduler.Relax; // msleep(1): the dying target goes soon
        }
    }

    /// <summary>Models scsi_target_reap(): the last one makes the target disappear.</summary>
    private async SimTask ReapTarget(Ptr<ScsiTarget> target)
    {
        using var frame = kernel.Enter("scsi_target_reap");
        if (--target.Write().ReapRefs > 0) return;
        if (target.Read().State != ScsiTargetState.Created) await kernel.Core.Delete(target.As<Device>());
        target.Write().State = ScsiTargetState.Deleted;
        var host = target.Read().Host;
        await host.Read().HostLock.LockIrqSave();
        host.Write().Targets.Remove(target);
        await host.Read().HostLock.UnlockIrqRestore();
        await kernel.Core.Put(target.As<Device>());
    }

    /// <summary>Models scsi_alloc_sdev() with scsi_sysfs_device_initialize().</summary>
    /// <returns>NULL without memory.</returns>
    private async SimTask<Ptr<ScsiDevice>> AllocateDevice(Ptr<ScsiTarget> target, ulong lun)
    {
        using var frame = kernel.Enter("scsi_alloc_sdev");
        var host = target.Read().Host;
        var device = kernel.Allocate(new ScsiDevice(kernel.World, this)
        {
            Host = host,
            Target = target,
            Id = target.Read().Id,
            Lun = lun,
            Bus = bus,
            Parent = target.As<Device>(),
        });
        if (device.IsNull) return device;
        kernel.Core.Get(target.As<Device>());
        var queue = blkMq.InitQueue(host.Read().TagSet, device.As<HeapObject>());
        if (queue.IsNull)
        {
            await kernel.Core.Put(target.As<Device>());
            kernel.Heap.Free(device);
            return Ptr<ScsiDevice>.Null;
        }
        host.Write().TagSetRefs++;
        blkMq.GetQueue(queue);
        var created = device.Write();
        (created.Self, created.Queue, created.Name) = (device, queue, $"{host.Read().HostNo}:0:{created.Id}:{lun}");
        kernel.Core.Initialize(device.As<Device>());
        created.ClassDevice = kernel.Heap.Allocate(new EmbeddedDevice(kernel.World, "struct scsi_device.sdev_dev", () =>
        {
            return kernel.Core.Put(device.As<Device>()); // scsi_device_cls_release()
        }));
        created.ClassDevice.Write().Name = created.Name;
        created.ClassDevice.Write().Parent = device.As<Device>();
        kernel.Core.Initialize(created.ClassDevice.As<Device>());
        kernel.Core.Get(device.As<Device>());
        await host.Read().HostLock.LockIrqSave();
        host.Write().Devices.Add(device);
        await host.Read().HostLock.UnlockIrqRestore();
        target.Write().ReapRefs++;
        return device;
    }

    /// <summary>Models scsi_sysfs_add_sdev(): the device and its target become visible; sd probes asynchronously.</summary>
    private async SimTask<int> ShowDevice(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("scsi_sysfs_add_sdev");
        var target = device.Read().Target;
        if (target.Read().State == ScsiTargetState.Created)
        {
            var added = await kernel.Core.Add(target.As<Device>());
            if (added != 0) return added;
            target.Write().State = ScsiTargetState.Running;
        }
        var result = await kernel.Core.Add(device.As<Device>());
        if (result != 0) return result;
        kernel.Core.Get(device.As<Device>());
        kernel.Core.ScheduleAsync(() => ProbeAsync(device));
        await kernel.Point;
        await kernel.Core.Add(device.Read().ClassDevice.As<Device>());
        device.Write().IsVisible = true;
        return 0;
    }

    /// <summary>Models __device_attach_async_helper(): it holds a reference.</summary>
    private async SimTask ProbeAsync(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("__device_attach_async_helper");
        device.Write().MayProbe = true;
        await kernel.Core.Binding.Attach(device.As<Device>());
        await kernel.Core.Put(device.As<Device>());
    }

    /// <summary>Models __scsi_remove_device(), scan_mutex held.</summary>
    private async SimTask RemoveDeviceLocked(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("__scsi_remove_device");
        if (device.Read().State == ScsiDeviceState.Deleted) return;
        if (device.Read().IsVisible)
        {
            await device.Read().StateMutex.Lock();
            device.Write().SetState(ScsiDeviceState.Cancel);
            device.Read().StateMutex.Unlock();
            await kernel.Point;
            await kernel.Core.Unregister(device.Read().ClassDevice.As<Device>());
            await kernel.Core.Delete(device.As<Device>());
        }
        else
        {
            await kernel.Core.Put(device.Read().ClassDevice.As<Device>());
        }
        await device.Read().StateMutex.Lock();
        device.Write().SetState(ScsiDeviceState.Deleted);
        device.Read().StateMutex.Unlock();
        await kernel.Point;
        var queue = device.Read().Queue;
        await blkMq.DestroyQueue(queue);
        blkMq.PutQueue(queue);
        PutTagSet(device.Read().Host);
        await ReapTarget(device.Read().Target);
        await kernel.Core.Put(device.As<Device>());
    }
}
