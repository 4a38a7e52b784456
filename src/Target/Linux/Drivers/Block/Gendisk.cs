using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>What a disk driver does for a disk (struct block_device_operations).</summary>
public interface IBlockDeviceOperations
{
    /// <summary>Somebody opens the disk; open_mutex is held (open).</summary>
    /// <returns>0 or a negative errno.</returns>
    SimTask<int> Open(Ptr<Gendisk> disk);

    /// <summary>Somebody closes the disk; open_mutex is held (release).</summary>
    SimTask Release(Ptr<Gendisk> disk);

    /// <summary>Reads the geometry from the device, if it comes from there (getgeo).</summary>
    SimTask GetGeometry(Ptr<Gendisk> disk);

    /// <summary>The disk's last reference was dropped: frees the driver's structure (free_disk).</summary>
    SimTask FreeDisk(Ptr<Gendisk> disk);
}

/// <summary>A disk (struct gendisk with its struct block_device, include/linux/blkdev.h).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="genhd">The disks.</param>
public sealed class Gendisk(World world, Genhd genhd) : Device(world)
{
    /// <summary>Bytes of a sector.</summary>
    public const uint SectorSize = 512;

    /// <inheritdoc/>
    public override string TypeName => "struct gendisk";

    /// <inheritdoc/>
    public override string StateName => IsMarkedDead ? "dead" : IsLive ? "live" : "";

    /// <summary>The driver's calls (fops).</summary>
    public required IBlockDeviceOperations Operations { get; init; }

    /// <summary>Bus id of the ccw device behind it, for its node.</summary>
    public string BusId { get; init; } = "";

    /// <summary>The driver's structure (private_data).</summary>
    public Ptr<HeapObject> PrivateData { get; internal set; }

    /// <summary>Its queue.</summary>
    public Ptr<RequestQueue> Queue { get; internal set; }

    /// <summary>Sectors of 512 bytes; 0 once it is dead.</summary>
    public ulong Capacity { get; internal set; }

    /// <summary>Nothing may be written (set_disk_ro).</summary>
    public bool IsReadOnly { get; internal set; }

    /// <summary>The queue goes with the disk (GD_OWNS_QUEUE).</summary>
    internal bool OwnsQueue { get; set; }

    /// <summary>device_add_disk succeeded (GD_ADDED).</summary>
    internal bool IsAdded { get; set; }

    /// <summary>del_gendisk began: no new I/O (GD_DEAD).</summary>
    internal bool IsMarkedDead { get; set; }

    /// <summary>It can be opened (disk_live: its inode is hashed).</summary>
    internal bool IsLive { get; set; }

    /// <summary>The next open looks for partitions (GD_NEED_PART_SCAN).</summary>
    internal bool NeedsPartitionScan { get; set; }

    /// <summary>How often it is open (bd_openers).</summary>
    internal int Openers { get; set; }

    /// <summary>open_mutex.</summary>
    internal Mutex OpenMutex { get; } = new(world, "disk->open_mutex");

    /// <summary>Pages of its page cache: guest addresses.</summary>
    internal List<uint> PageCache { get; } = [];

    /// <summary>Its node in /dev.</summary>
    internal DeviceNodes.Node? Node { get; set; }

    /// <summary>The pointer to it.</summary>
    internal Ptr<Gendisk> Self { get; set; }

    /// <inheritdoc/>
    public override SimTask Release() => genhd.Release(Self);
}
