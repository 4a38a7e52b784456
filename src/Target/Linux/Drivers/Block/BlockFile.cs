using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>A disk that a process opened for direct I/O (block/fops.c).</summary>
/// <param name="kernel">The guest.</param>
/// <param name="genhd">The disks.</param>
/// <param name="disk">The disk, referenced.</param>
internal sealed class BlockFile(GuestKernel kernel, Genhd genhd, Ptr<Gendisk> disk) : OpenFile
{
    private const int EPERM = 1;

    /// <inheritdoc/>
    public override string Name { get; } = "/dev/" + disk.Read().Name;

    /// <summary>Models blkdev_read_iter().</summary>
    public override async SimTask<int> Read(ulong sector, byte[] buffer, int length)
    {
        using var frame = kernel.Enter("blkdev_read_iter");
        var count = CountAt(sector, length);
        if (count == 0) return 0;
        var pages = Pages(count);
        if (pages == 0) return -Errno.ENOMEM;
        genhd.Watch?.Reading(disk, sector, count);
        var result = await genhd.BlkMq.Submit(disk, RequestOp.Read, sector, pages, count);
        if (result == 0)
        {
            kernel.Memory.Guest(pages, count).CopyTo(buffer);
            genhd.Watch?.ReadBack(disk, sector, buffer.AsSpan(0, (int)count));
        }
        kernel.Memory.Free(pages);
        return result == 0 ? (int)count : result;
    }

    /// <summary>Models blkdev_write_iter().</summary>
    public override async SimTask<int> Write(ulong sector, byte[] data, int length)
    {
        using var frame = kernel.Enter("blkdev_write_iter");
        if (disk.Read().IsReadOnly) return -EPERM;
        var count = CountAt(sector, length);
        if (count == 0) return length == 0 ? 0 : -Errno.ENOSPC;
        var pages = Pages(count);
        if (pages == 0) return -Errno.ENOMEM;
        data.AsSpan(0, (int)count).CopyTo(kernel.Memory.Guest(pages, count));
        genhd.Watch?.Writing(disk, sector, data.AsSpan(0, (int)count));
        var result = await genhd.BlkMq.Submit(disk, RequestOp.Write, sector, pages, count);
        genhd.Watch?.Written(disk, sector, data.AsSpan(0, (int)count), result);
        kernel.Memory.Free(pages);
        return result == 0 ? (int)count : result;
    }

    /// <inheritdoc/>
    public override SimTask Close() => genhd.CloseBlockDevice(disk);

    private uint CountAt(ulong sector, int length)
    {
        var capacity = disk.Read().Capacity;
        return sector >= capacity ? 0 : (uint)Math.Min((ulong)length, (capacity - sector) * Gendisk.SectorSize);
    }

    private uint Pages(uint count) => kernel.Memory.Allocate(count, "pages of a process", Gendisk.SectorSize);
}
