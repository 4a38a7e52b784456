using System.Buffers.Binary;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Balloon;

/// <summary>The balloon (hw/virtio/virtio-balloon.c) as QEMU creates it by default: statistics and page poisoning, no more.</summary>
/// <remarks>
/// A page that goes into the balloon is discarded, which the shadow of guest memory sees as a write; one that leaves it is
/// not touched. The configuration is little-endian even for a legacy driver.
/// </remarks>
public sealed class HostBalloon : VirtioHostDevice
{
    private const int QueueSize = 128;
    private const int ConfigSize = 16;
    private const int InflateQueue = 0;
    private const int StatsQueue = 2;
    private const int StatCount = 10;
    private const int StatSize = 10;
    private const int PfnSize = 4;
    private const int FeatureStatsVq = 1;
    private const int FeaturePagePoison = 4;
    private readonly ulong[] stats = new ulong[StatCount];
    private uint numPages;
    private uint poison;
    private uint? heldStats;

    internal HostBalloon(World world, GuestMemory memory) : base(world, memory)
    {
    }

    /// <inheritdoc/>
    public override byte DeviceId => 5;

    /// <inheritdoc/>
    public override string ContextName => "host/balloon";

    /// <summary>Pages of 4 KiB in the balloon, as the guest said (actual).</summary>
    public uint Actual { get; private set; }

    /// <summary>Statistics by tag; all ones where the guest sent none (stats).</summary>
    public ReadOnlySpan<ulong> Stats => stats;

    /// <inheritdoc/>
    internal override bool IsTheOnlyOne => true;

    /// <inheritdoc/>
    internal override bool TakesPages => true;

    /// <summary>Models qmp_balloon(): sets how many pages of 4 KiB the guest should give up, and says so.</summary>
    internal override bool ChangeConfig(uint pages)
    {
        using var _ = World.Enter("qmp_balloon");
        SetTarget(pages);
        return NotifyConfig();
    }

    /// <inheritdoc/>
    internal override bool InterruptConfig() => NotifyConfig();

    /// <summary>Models virtio_balloon_to_target(): the new number of pages.</summary>
    private void SetTarget(uint pages)
    {
        using var _ = World.Enter("virtio_balloon_to_target");
        numPages = pages;
    }

    /// <summary>Models balloon_stats_poll_cb(): asks for statistics by giving the last ones back, as the timer does.</summary>
    /// <returns>False if the guest left no buffer to ask with; the timer would try again.</returns>
    internal override bool RequestStats()
    {
        using var _ = World.Enter("balloon_stats_poll_cb");
        if (heldStats is not { } head || !HasFeature(FeatureStatsVq)) return false;
        GiveBack(Queue(StatsQueue)!, head);
        heldStats = null;
        return true;
    }

    /// <summary>Models virtio_balloon_set_config().</summary>
    internal override void SetConfig()
    {
        using var _ = World.Enter("virtio_balloon_set_config");
        Actual = BinaryPrimitives.ReadUInt32LittleEndian(Config[4..]);
        poison = HasFeature(FeaturePagePoison) ? BinaryPrimitives.ReadUInt32LittleEndian(Config[12..]) : 0;
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        for (var i = 0; i <= StatsQueue; i++) AddQueue(QueueSize);
        OfferFeatures((1UL << FeatureStatsVq) | (1UL << FeaturePagePoison));
        SetConfigLength(ConfigSize);
        numPages = Actual = poison = 0;
        heldStats = null;
        Array.Fill(stats, ulong.MaxValue);
    }

    /// <summary>Models virtio_balloon_set_status().</summary>
    /// <remarks>Takes statistics again that a migration dropped; there never are any here.</remarks>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_balloon_set_status");
    }

    /// <summary>Models virtio_balloon_device_reset().</summary>
    protected override void OnReset()
    {
        using var _ = World.Enter("virtio_balloon_device_reset");
        if (heldStats is not null) Queue(StatsQueue)!.Detach();
        heldStats = null;
        poison = 0;
    }

    /// <summary>Models virtio_balloon_get_config().</summary>
    protected override void GetConfig(Span<byte> into)
    {
        using var _ = World.Enter("virtio_balloon_get_config");
        into.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(into, numPages);
        BinaryPrimitives.WriteUInt32LittleEndian(into[4..], Actual);
        BinaryPrimitives.WriteUInt32LittleEndian(into[12..], poison);
    }

    /// <inheritdoc/>
    protected override void OnOutput(HostVirtqueue queue)
    {
        if (queue.Index == StatsQueue) ReceiveStats(queue);
        else HandlePages(queue);
    }

    /// <summary>Models virtio_balloon_handle_output(): reads the page numbers that the guest sent, and gives the buffers back.</summary>
    private void HandlePages(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_balloon_handle_output");
        Span<byte> pfn = stackalloc byte[PfnSize];
        while (queue.Pop() is { } buffer)
        {
            for (ulong offset = 0; buffer.Read(offset, pfn) == PfnSize; offset += PfnSize)
                if (queue.Index == InflateQueue) Inflate(this.Get32(pfn));
            GiveBack(queue, buffer.Index);
        }
    }

    /// <summary>Models balloon_inflate_page(): discards a page that the guest gave up.</summary>
    private void Inflate(uint pfn)
    {
        using var _ = World.Enter("balloon_inflate_page");
        if (!Memory.Frames.TryHostDiscard(pfn)) World.Trace.Add(TraceKind.Log, $"{ContextName}: bad page {pfn:x}");
    }

    /// <summary>Models virtio_balloon_receive_stats(): keeps the buffer with statistics until it asks for the next ones.</summary>
    private void ReceiveStats(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_balloon_receive_stats");
        if (queue.Pop() is not { } buffer) return;
        if (heldStats is { } last) GiveBack(queue, last); // no proper driver queues two
        heldStats = buffer.Index;
        Array.Fill(stats, ulong.MaxValue);
        Span<byte> stat = stackalloc byte[StatSize];
        for (ulong offset = 0; buffer.Read(offset, stat) == StatSize; offset += StatSize)
        {
            var tag = this.Get16(stat);
            if (tag < StatCount) stats[tag] = this.Get64(stat[2..]);
        }
    }

    private static void GiveBack(HostVirtqueue queue, uint head)
    {
        queue.Push(head, 0);
        queue.NotifyGuest();
    }
}
