using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <content>Opening and closing (block/bdev.c), partitions (block/partitions/core.c).</content>
public sealed partial class Genhd
{
    /// <summary>Models blkdev_get_by_dev(): pins the disk, not the device behind it, unless the driver's open does.</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> OpenBlockDevice(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("blkdev_get_by_dev");
        // blkdev_get_no_open(): found in the inode hash, and kobject_get_unless_zero().
        if (!disk.Read().IsLive || disk.Read().RefCount == 0) return -Errno.ENXIO;
        kernel.Core.Get(disk.As<Device>());
        await disk.Read().OpenMutex.Lock();
        var result = -Errno.ENXIO;
        if (disk.Read().IsLive) result = await GetWhole(disk);
        disk.Read().OpenMutex.Unlock();
        await kernel.Point;
        if (result != 0) await Put(disk);
        return result;
    }

    /// <summary>Models blkdev_put(): the last one empties the page cache; then the disk's reference goes.</summary>
    public async SimTask CloseBlockDevice(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("blkdev_put");
        await disk.Read().OpenMutex.Lock();
        if (--disk.Write().Openers == 0) DropPageCache(disk); // blkdev_flush_mapping()
        await disk.Read().Operations.Release(disk);
        disk.Read().OpenMutex.Unlock();
        await kernel.Point;
        await Put(disk);
    }

    /// <summary>Models disk_scan_partitions().</summary>
    private async SimTask ScanPartitions(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("disk_scan_partitions");
        disk.Write().NeedsPartitionScan = true;
        if (await OpenBlockDevice(disk) == 0) await CloseBlockDevice(disk);
        disk.Write().NeedsPartitionScan = false;
    }

    /// <summary>Models blkdev_get_whole(): opens the disk itself.</summary>
    private async SimTask<int> GetWhole(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("blkdev_get_whole");
        var result = await disk.Read().Operations.Open(disk);
        if (result != 0) return result;
        if (disk.Read().NeedsPartitionScan) await FindPartitions(disk);
        disk.Write().Openers++;
        return 0;
    }

    /// <summary>Models bdev_disk_changed() on a disk without partitions: a page is read, and s390's parser asks for the geometry.</summary>
    private async SimTask FindPartitions(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("bdev_disk_changed");
        disk.Write().NeedsPartitionScan = false;
        var page = kernel.Memory.Allocate(GuestMemory.PageSize, "page of a disk's page cache");
        if (page == 0) return;
        disk.Write().PageCache.Add(page);
        var length = (uint)Math.Min(GuestMemory.PageSize, disk.Read().Capacity * Gendisk.SectorSize);
        var result = await BlkMq.Submit(disk, RequestOp.Read, 0, page, length);
        if (result != 0) kernel.Log($"{disk.Read().Name}: unable to read partition table");
        else await disk.Read().Operations.GetGeometry(disk);
    }

    private async SimTask<OpenFile?> OpenFile(Ptr<Gendisk> disk) =>
        await OpenBlockDevice(disk) == 0 ? new BlockFile(kernel, this, disk) : null;
}
