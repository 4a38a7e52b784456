using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Balloon;

/// <summary>One virtio balloon (struct virtio_balloon, drivers/virtio/virtio_balloon.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class VirtioBalloon(World world) : HeapObject
{
    /// <summary>Most page numbers that the host is told at once (VIRTIO_BALLOON_ARRAY_PFNS_MAX).</summary>
    internal const uint MaxPfns = 256;

    /// <summary>Bytes of the arrays inside the structure that the host reads: page numbers, then statistics.</summary>
    internal const uint ArraysSize = StatsOffset + (StatCount * StatSize);

    internal const uint StatsOffset = MaxPfns * PfnSize;
    internal const uint PfnSize = 4;
    internal const int StatCount = 10;
    internal const uint StatSize = 10;

    /// <inheritdoc/>
    public override string TypeName => "struct virtio_balloon";

    /// <summary>The device (vdev).</summary>
    internal Ptr<VirtioDevice> Vdev { get; set; }

    /// <summary>Pages for the host (inflate_vq).</summary>
    internal Ptr<Virtqueue> InflateVq { get; set; }

    /// <summary>Pages taken back (deflate_vq).</summary>
    internal Ptr<Virtqueue> DeflateVq { get; set; }

    /// <summary>Statistics, one buffer that goes back and forth (stats_vq).</summary>
    internal Ptr<Virtqueue> StatsVq { get; set; }

    /// <summary>Sends statistics (update_balloon_stats_work).</summary>
    internal SystemWork StatsWork { get; set; } = null!;

    /// <summary>Goes towards the size that the host wants (update_balloon_size_work).</summary>
    internal SystemWork SizeWork { get; set; } = null!;

    /// <summary>Protects <see cref="StopUpdate"/> (stop_update_lock).</summary>
    internal SpinLock StopUpdateLock { get; } = new(world, "vb->stop_update_lock");

    /// <summary>No more work may be queued (stop_update).</summary>
    internal bool StopUpdate { get; set; }

    /// <summary>Waiting for the host to have read page numbers (acked).</summary>
    internal WaitQueue Acked { get; } = new(world, "for the host to acknowledge pages (vb->acked)");

    /// <summary>Pages in the balloon, as the host was told (num_pages).</summary>
    internal uint NumPages { get; set; }

    /// <summary>Those pages, the newest last (vb_dev_info.pages).</summary>
    internal List<Ptr<Page>> Pages { get; } = [];

    /// <summary>Only one inflates or deflates at a time (balloon_lock).</summary>
    internal Mutex BalloonLock { get; } = new(world, "vb->balloon_lock");

    /// <summary>Page numbers in the array now (num_pfns).</summary>
    internal uint NumPfns { get; set; }

    /// <summary>Guest address of the arrays (pfns, stats).</summary>
    internal uint Arrays { get; set; }
}

/// <summary>Numbers of the balloon device (include/uapi/linux/virtio_balloon.h).</summary>
internal static class VirtioBalloonAbi
{
    internal const uint DeviceId = 5;

    internal const int MustTellHost = 0;
    internal const int StatsVq = 1;
    internal const int DeflateOnOom = 2;
    internal const int FreePageHint = 3;
    internal const int PagePoison = 4;
    internal const int Reporting = 5;

    internal const uint NumPagesOffset = 0;
    internal const uint ActualOffset = 4;
}
