using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Block.VirtioBlkAbi;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>The driver for virtio disks (drivers/block/virtio_blk.c): binding and unbinding.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
/// <param name="genhd">The disks.</param>
public sealed partial class VirtioBlkDriver(GuestKernel kernel, VirtioCore virtio, Genhd genhd)
    : VirtioDriver("virtio_blk", Abi.DeviceId), IBlkMqOps, IBlockDeviceOperations
{
    private const int MaxQueues = 2;
    private readonly Ida indices = new(kernel.World, "vd_index_ida");

    /// <inheritdoc/>
    public override bool ActsOnConfigChange => true;

    /// <inheritdoc/>
    public override ulong KnownFeatures => Abi.Features;

    /// <summary>Models virtblk_probe(); the order of the accesses to the device is the recorded one.</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtblk_probe");
        var index = indices.Allocate();
        await ConfigSpace.Read(vdev, Abi.SegMax, offset: 12, size: 4);
        var vblk = kernel.Allocate(new VirtioBlk(kernel.World));
        vdev.Write().Private = vblk.As<HeapObject>();
        if (vblk.IsNull)
        {
            indices.Free(index);
            return -Errno.ENOMEM;
        }
        var target = vblk.Write();
        (target.Vdev, target.Index) = (vdev, index);
        target.ConfigWork = new SystemWork(kernel.World, "virtblk_config_changed_work", () => ConfigChangedWork(vblk));
        var result = await InitQueues(vblk);
        if (result == 0)
        {
            result = await ProbeDisk(vblk);
            if (result == 0) return 0;
            // The host still has the queues: nothing reset it.
            await vdev.Read().Config.DelVqs(vdev);
            kernel.Heap.Free(vblk.Read().Vqs);
        }
        kernel.Heap.Free(vblk);
        indices.Free(index);
        return result;
    }

    /// <summary>Models virtblk_remove(): del_gendisk waits for requests in flight, even if the host is gone.</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtblk_remove");
        var vblk = vdev.Read().Private.As<VirtioBlk>();
        await vblk.Read().ConfigWork.Flush();
        await kernel.Point;
        await genhd.DeleteDisk(vblk.Read().Disk);
        genhd.BlkMq.FreeTagSet(vblk.Read().TagSet);
        await vblk.Read().VdevMutex.Lock();
        if (!kernel.Variant.Has(Defects.DelVqsBeforeReset)) await virtio.ResetDevice(vdev);
        await kernel.Point;
        vblk.Write().Vdev = Ptr<VirtioDevice>.Null;
        await vdev.Read().Config.DelVqs(vdev);
        if (kernel.Variant.Has(Defects.DelVqsBeforeReset)) await virtio.ResetDevice(vdev);
        await kernel.Point;
        kernel.Heap.Free(vblk.Read().Vqs);
        vblk.Read().VdevMutex.Unlock();
        await kernel.Point;
        await genhd.Put(vblk.Read().Disk);
    }

    /// <summary>Models virtblk_config_changed(): in the interrupt handler, so the work is left to a worker.</summary>
    public override SimTask ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtblk_config_changed");
        vdev.Read().Private.As<VirtioBlk>().Read().ConfigWork.Schedule();
        return SimTask.Done;
    }

    /// <summary>Models init_vq().</summary>
    private async SimTask<int> InitQueues(Ptr<VirtioBlk> vblk)
    {
        using var frame = kernel.Enter("init_vq");
        var vdev = vblk.Read().Vdev;
        var wanted = await ConfigSpace.Read(vdev, Abi.MultiQueue, offset: 34, size: 2);
        if (wanted == 0) return -Errno.EINVAL;
        var count = (int)Math.Min(wanted ?? 1, MaxQueues);
        var vqs = kernel.Allocate(new VirtioBlkVqs { Vq = new Ptr<Virtqueue>[count], Lock = new SpinLock[count] });
        vblk.Write().Vqs = vqs;
        if (vqs.IsNull) return -Errno.ENOMEM;
        var callbacks = new Func<Ptr<Virtqueue>, SimTask>?[count];
        var names = new string?[count];
        for (var i = 0; i < count; i++) (callbacks[i], names[i]) = (Done, $"req.{i}");
        var found = new Ptr<Virtqueue>[count];
        var result = await vdev.Read().Config.FindVqs(vdev, count, found, callbacks, names);
        if (result != 0)
        {
            kernel.Heap.Free(vqs);
            return result;
        }
        for (var i = 0; i < count; i++)
        {
            vqs.Write().Lock[i] = new SpinLock(kernel.World, "vblk->vqs.lock");
            vqs.Write().Vq[i] = found[i];
        }
        return 0;
    }

    private async SimTask<int> ProbeDisk(Ptr<VirtioBlk> vblk)
    {
        var vdev = vblk.Read().Vdev;
        var depth = (int)vblk.Read().Vqs.Read().Vq[0].Read().NumFree;
        if (!vdev.Read().HasFeature(VirtioFeature.RingIndirectDesc)) depth /= 2;
        var set = new BlkMqTagSet(
            kernel.World, vblk.As<HeapObject>(), this, depth, VirtioBlkRequest.Size, "struct virtblk_req", () => new VirtioBlkRequest());
        vblk.Write().TagSet = set;
        var result = genhd.BlkMq.AllocateTagSet(set);
        if (result != 0) return result;
        var busId = vdev.Read().Config.BusName(vdev);
        var disk = genhd.AllocateDisk(set, vblk.As<HeapObject>(), this, DiskName("vd", vblk.Read().Index), busId);
        vblk.Write().Disk = disk;
        if (!disk.IsNull)
        {
            disk.Write().PrivateData = vblk.As<HeapObject>();
            await ReadLimits(vdev, disk);
            await UpdateCapacity(vblk);
            await virtio.DeviceReady(vdev);
            await kernel.Point;
            result = await genhd.AddDisk(vdev.As<Device>(), disk);
            if (result == 0) return 0;
            await genhd.Put(disk);
        }
        else
        {
            result = -Errno.ENOMEM;
        }
        genhd.BlkMq.FreeTagSet(set);
        return result;
    }

    /// <summary>Reads cache mode and limits; none of them matters to the model but the accesses do.</summary>
    private static async SimTask ReadLimits(Ptr<VirtioDevice> vdev, Ptr<Gendisk> disk)
    {
        await ConfigSpace.Read(vdev, Abi.ConfigWce, offset: 32, size: 1);
        disk.Write().IsReadOnly = vdev.Read().HasFeature(Abi.ReadOnly);
        await ConfigSpace.Read(vdev, Abi.SizeMax, offset: 8, size: 4);
        await ConfigSpace.Read(vdev, Abi.BlockSize, offset: 20, size: 4);
        await ConfigSpace.Read(vdev, Abi.Topology, offset: 24, size: 1);
        await ConfigSpace.Read(vdev, Abi.Topology, offset: 25, size: 1);
        await ConfigSpace.Read(vdev, Abi.Topology, offset: 26, size: 2);
        await ConfigSpace.Read(vdev, Abi.Topology, offset: 28, size: 4);
        await ConfigSpace.Read(vdev, Abi.Discard, offset: 44, size: 4);
        await ConfigSpace.Read(vdev, Abi.Discard, offset: 36, size: 4);
        await ConfigSpace.Read(vdev, Abi.Discard, offset: 40, size: 4);
        await ConfigSpace.Read(vdev, Abi.WriteZeroes, offset: 48, size: 4);
        await ConfigSpace.Read(vdev, Abi.SecureErase, offset: 68, size: 4);
        await ConfigSpace.Read(vdev, Abi.SecureErase, offset: 60, size: 4);
        await ConfigSpace.Read(vdev, Abi.SecureErase, offset: 64, size: 4);
    }

    /// <summary>Models virtblk_update_capacity().</summary>
    private async SimTask UpdateCapacity(Ptr<VirtioBlk> vblk)
    {
        using var frame = kernel.Enter("virtblk_update_capacity");
        var capacity = await ConfigSpace.Read(vblk.Read().Vdev, offset: 0, size: 8);
        vblk.Read().Disk.Write().Capacity = capacity;
    }

    private SimTask ConfigChangedWork(Ptr<VirtioBlk> vblk) => UpdateCapacity(vblk);

    /// <summary>Models virtblk_name_format() within its caller: vda, vdb, ... vdz, vdaa.</summary>
    internal static string DiskName(string prefix, int index)
    {
        var letters = "";
        for (; index >= 0; index = (index / 26) - 1) letters = (char)('a' + (index % 26)) + letters;
        return prefix + letters;
    }
}
