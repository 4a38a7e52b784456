using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Blk;

/// <summary>The disk (hw/block/virtio-blk.c). Requests are completed in the order they are taken.</summary>
public sealed partial class HostBlk : VirtioHostDevice
{
    private const int QueueSize = 256;
    // virtio_get_config_size(): up to and including write_zeroes_may_unmap; the padding behind it is not there.
    private const int ConfigSize = 57;
    private const int WceOffset = 32;
    private const uint SmallSectors = 96;
    private const uint MaxRequestSectors = int.MaxValue >> 9;
    private const int FeatureSegMax = 2;
    private const int FeatureGeometry = 4;
    private const int FeatureBlkSize = 6;
    private const int FeatureFlush = 9;
    private const int FeatureTopology = 10;
    private const int FeatureConfigWce = 11;
    private const int FeatureMq = 12;
    private const int FeatureDiscard = 13;
    private const int FeatureWriteZeroes = 14;
    private bool writeCache;

    internal HostBlk(World world, GuestMemory memory) : base(world, memory)
    {
    }

    /// <inheritdoc/>
    public override byte DeviceId => 2;

    /// <inheritdoc/>
    public override string ContextName => "host/blk";

    /// <summary>What is on the disk.</summary>
    public DiskImage Image { get; } = new();

    /// <inheritdoc/>
    internal override bool UsesGuestNotifiers => true;

    /// <inheritdoc/>
    internal override bool ChangeConfig(uint pages)
    {
        Resize();
        return NotifyConfig();
    }

    /// <summary>Models virtio_blk_resize(): makes the disk smaller or larger; the caller notifies the guest.</summary>
    private void Resize()
    {
        using var _ = World.Enter("virtio_blk_resize");
        Image.Sectors = Image.Sectors == DiskImage.MaxSectors ? SmallSectors : DiskImage.MaxSectors;
    }

    /// <summary>Models virtio_blk_set_config().</summary>
    internal override void SetConfig()
    {
        using var _ = World.Enter("virtio_blk_set_config");
        writeCache = Config[WceOffset] != 0;
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        for (var i = 0; i < requestQueues; i++) AddQueue(QueueSize);
        const ulong Features = (1UL << FeatureSegMax) | (1UL << FeatureGeometry) | (1UL << FeatureBlkSize) | (1UL << FeatureFlush)
            | (1UL << FeatureTopology) | (1UL << FeatureConfigWce) | (1UL << FeatureDiscard) | (1UL << FeatureWriteZeroes);
        OfferFeatures(Features | (requestQueues > 1 ? 1UL << FeatureMq : 0));
        SetConfigLength(ConfigSize);
        writeCache = true;
        Image.Reset();
    }

    /// <summary>Models virtio_blk_reset().</summary>
    protected override void OnReset()
    {
        using var _ = World.Enter("virtio_blk_reset");
        writeCache = true;
    }

    /// <summary>Models virtio_blk_set_status().</summary>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_blk_set_status");
        if ((value & VirtioStatus.DriverOk) == 0 || HasFeature(FeatureConfigWce)) return;
        writeCache = HasFeature(FeatureFlush);
    }

    /// <summary>Models virtio_blk_update_config().</summary>
    protected override void GetConfig(Span<byte> into)
    {
        using var _ = World.Enter("virtio_blk_update_config");
        const ushort Cylinders = 2; // the least that a guess may be
        const byte Heads = 16;
        const byte SectorsPerTrack = 63;
        into.Clear();
        this.Put64(into, Image.Sectors);
        this.Put32(into[12..], QueueSize - 2);
        this.Put16(into[16..], Cylinders);
        into[18] = Heads;
        into[19] = SectorsPerTrack;
        this.Put32(into[20..], DiskImage.SectorSize);
        into[WceOffset] = writeCache ? (byte)1 : (byte)0;
        this.Put16(into[34..], (ushort)QueueCount);
        this.Put32(into[36..], MaxRequestSectors);
        this.Put32(into[40..], 1);
        this.Put32(into[44..], 1);
        this.Put32(into[48..], MaxRequestSectors);
        this.Put32(into[52..], 1);
        into[56] = 1;
    }

    /// <summary>Models virtio_blk_handle_output().</summary>
    protected override void OnOutput(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_blk_handle_output");
        if (Transport is { IsIoeventfdStarted: false })
        {
            // A kick before DRIVER_OK starts the data plane, which then sees the queue kicked.
            Transport.StartIoeventfd();
            return;
        }
        HandleQueue(queue);
    }
}
