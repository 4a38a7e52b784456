using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>Disks (block/genhd.c): adding, deleting and freeing.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="nodes">The nodes in /dev.</param>
public sealed partial class Genhd(GuestKernel kernel, DeviceNodes nodes)
{
    /// <summary>Who observes what processes read and write, or null.</summary>
    public IDiskWatch? Watch { get; set; }

    /// <summary>Requests.</summary>
    public BlkMq BlkMq { get; } = new(kernel);

    /// <summary>Models __blk_mq_alloc_disk() with blk_mq_alloc_disk(): a disk with a queue of its own.</summary>
    /// <returns>NULL without memory.</returns>
    public Ptr<Gendisk> AllocateDisk(BlkMqTagSet set, Ptr<HeapObject> data, IBlockDeviceOperations operations, string name, string busId)
    {
        using var frame = kernel.Enter("__blk_mq_alloc_disk");
        var queue = BlkMq.InitQueue(set, data);
        if (queue.IsNull) return Ptr<Gendisk>.Null;
        var disk = AllocateNode(queue, operations, name, busId);
        if (disk.IsNull) BlkMq.PutQueue(queue);
        else disk.Write().OwnsQueue = true;
        return disk;
    }

    /// <summary>Models blk_mq_alloc_disk_for_queue(): a disk on a queue that outlives it.</summary>
    /// <returns>NULL without memory, or if the queue is dying.</returns>
    public Ptr<Gendisk> AllocateDisk(Ptr<RequestQueue> queue, IBlockDeviceOperations operations, string name, string busId)
    {
        using var frame = kernel.Enter("blk_mq_alloc_disk_for_queue");
        if (!BlkMq.GetQueue(queue)) return Ptr<Gendisk>.Null;
        var disk = AllocateNode(queue, operations, name, busId);
        if (disk.IsNull) BlkMq.PutQueue(queue);
        return disk;
    }

    /// <summary>Models device_add_disk(): visible, can be opened, and scanned for partitions.</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> AddDisk(Ptr<Device> parent, Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("device_add_disk");
        disk.Write().Parent = parent;
        var result = await kernel.Core.Add(disk.As<Device>());
        if (result != 0) return result;
        await kernel.Point;
        var target = disk.Write();
        target.IsLive = true; // bdev_add()
        target.Node = nodes.Add(target.BusId, "/dev/" + target.Name, () => OpenFile(disk));
        await kernel.Point;
        if (disk.Read().Capacity > 0) await ScanPartitions(disk);
        disk.Write().IsAdded = true;
        return 0;
    }

    /// <summary>Models del_gendisk(): no new I/O, then waits for every request, as long as the device takes.</summary>
    public async SimTask DeleteDisk(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("del_gendisk");
        var queue = disk.Read().Queue;
        await disk.Read().OpenMutex.Lock();
        disk.Write().IsLive = false; // remove_inode_hash()
        nodes.Remove(disk.Read().Node);
        disk.Read().OpenMutex.Unlock();
        await kernel.Point;
        disk.Write().IsMarkedDead = true;
        if (disk.Read().OwnsQueue) queue.Write().IsDying = true;
        disk.Write().Capacity = 0;
        await kernel.Point;
        await BlkMq.StartDrain(queue);
        await kernel.Core.Delete(disk.As<Device>());
        await BlkMq.FreezeWait(queue);
        await BlkMq.CancelWork(queue);
        await BlkMq.WaitQuiesceDone(queue);
        // The queue of a SCSI device is used on for commands; one that goes with the disk stays frozen.
        if (!disk.Read().OwnsQueue) await BlkMq.Unfreeze(queue);
    }

    /// <summary>Models put_disk() within its caller.</summary>
    public SimTask Put(Ptr<Gendisk> disk) => kernel.Core.Put(disk.As<Device>());

    /// <summary>Models disk_release(): puts the queue, then lets the driver free its structure, then frees the disk.</summary>
    internal async SimTask Release(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("disk_release");
        if (disk.Read().OwnsQueue && !disk.Read().IsAdded) await BlkMq.CancelWork(disk.Read().Queue);
        BlkMq.PutQueue(disk.Read().Queue);
        if (disk.Read().IsAdded) await disk.Read().Operations.FreeDisk(disk);
        DropPageCache(disk);
        kernel.Heap.Free(disk);
    }

    /// <summary>Models __alloc_disk_node(): a disk for a queue that is there already; NULL without memory.</summary>
    private Ptr<Gendisk> AllocateNode(Ptr<RequestQueue> queue, IBlockDeviceOperations operations, string name, string busId)
    {
        using var frame = kernel.Enter("__alloc_disk_node");
        var disk = kernel.Allocate(new Gendisk(kernel.World, this) { Operations = operations, BusId = busId });
        if (disk.IsNull) return disk;
        var target = disk.Write();
        (target.Self, target.Queue, target.Name) = (disk, queue, name);
        kernel.Core.Initialize(disk.As<Device>());
        return disk;
    }

    private void DropPageCache(Ptr<Gendisk> disk)
    {
        foreach (var page in disk.Read().PageCache) kernel.Memory.Free(page);
        disk.Write().PageCache.Clear();
    }
}
