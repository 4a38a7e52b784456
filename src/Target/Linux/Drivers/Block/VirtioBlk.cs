using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>One virtio disk (struct virtio_blk, drivers/block/virtio_blk.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class VirtioBlk(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtio_blk";

    /// <summary>Protects <see cref="Vdev"/> against its going away (vdev_mutex).</summary>
    internal Mutex VdevMutex { get; } = new(world, "vblk->vdev_mutex");

    /// <summary>The device; NULL once the driver was unbound, while the disk is still open.</summary>
    internal Ptr<VirtioDevice> Vdev { get; set; }

    /// <summary>The disk.</summary>
    internal Ptr<Gendisk> Disk { get; set; }

    /// <summary>Its requests.</summary>
    internal BlkMqTagSet TagSet { get; set; } = null!;

    /// <summary>Reads the capacity again (config_work).</summary>
    internal SystemWork ConfigWork { get; set; } = null!;

    /// <summary>Number of the disk among the virtio disks.</summary>
    internal int Index { get; set; }

    /// <summary>The queues (vqs), an allocation of their own.</summary>
    internal Ptr<VirtioBlkVqs> Vqs { get; set; }
}

/// <summary>The queues of a virtio disk (array of struct virtio_blk_vq).</summary>
public sealed class VirtioBlkVqs : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtio_blk_vq";

    /// <summary>The queues.</summary>
    internal Ptr<Virtqueue>[] Vq { get; init; } = [];

    /// <summary>A lock for each.</summary>
    internal SpinLock[] Lock { get; init; } = [];
}

/// <summary>A request with what virtio-blk keeps for it (struct virtblk_req).</summary>
/// <remarks>In guest memory: the header of 16 bytes that the host reads, and the status byte that it writes.</remarks>
public sealed class VirtioBlkRequest : Request
{
    /// <summary>Bytes of the header (struct virtio_blk_outhdr).</summary>
    internal const uint HeaderSize = 16;

    /// <summary>Bytes in guest memory.</summary>
    internal const uint Size = HeaderSize + 1;

    /// <summary>Address of the status byte.</summary>
    internal uint StatusAddress => Pdu + HeaderSize;
}

/// <summary>Numbers of the virtio disk device (include/uapi/linux/virtio_blk.h).</summary>
internal static class VirtioBlkAbi
{
    internal const uint DeviceId = 2;

    internal const int SizeMax = 1;
    internal const int SegMax = 2;
    internal const int Geometry = 4;
    internal const int ReadOnly = 5;
    internal const int BlockSize = 6;
    internal const int Flush = 9;
    internal const int Topology = 10;
    internal const int ConfigWce = 11;
    internal const int MultiQueue = 12;
    internal const int Discard = 13;
    internal const int WriteZeroes = 14;
    internal const int SecureErase = 16;

    internal const ulong Features = 1UL << SizeMax | 1UL << SegMax | 1UL << Geometry | 1UL << ReadOnly | 1UL << BlockSize
        | 1UL << Flush | 1UL << Topology | 1UL << ConfigWce | 1UL << MultiQueue | 1UL << Discard | 1UL << WriteZeroes
        | 1UL << SecureErase;

    internal const uint TypeIn = 0;
    internal const uint TypeOut = 1;

    internal const byte StatusOk = 0;
    internal const byte StatusIoError = 1;
    internal const byte StatusUnsupported = 2;
}
