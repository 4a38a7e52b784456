using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Scsi;

/// <summary>The SCSI host adapter (hw/scsi/virtio-scsi.c) with one disk. Requests complete in the order they are taken.</summary>
public sealed partial class HostScsi : VirtioHostDevice
{
    private const int QueueSize = 256;
    private const int ConfigSize = 36;
    private const int SenseSizeOffset = 20;
    private const int CdbSizeOffset = 24;
    private const uint DefaultSenseSize = 96;
    private const uint DefaultCdbSize = 32;
    private const int FeatureHotplug = 1;
    private const int FeatureChange = 2;
    private const int ControlQueue = 0;
    private const int EventQueue = 1;
    private readonly byte[] data = new byte[HostScsiDisk.MaxTransfer];
    private uint senseSize;
    private uint cdbSize;
    private bool eventsDropped;
    private bool hasLun;

    internal HostScsi(World world, GuestMemory memory) : base(world, memory) => Disk = new HostScsiDisk(world);

    /// <inheritdoc/>
    public override byte DeviceId => 8;

    /// <inheritdoc/>
    public override string ContextName => "host/scsi";

    /// <summary>The disk on target 0, logical unit 0.</summary>
    public HostScsiDisk Disk { get; }

    /// <inheritdoc/>
    internal override bool UsesGuestNotifiers => true;

    /// <summary>Models virtio_scsi_set_config().</summary>
    internal override void SetConfig()
    {
        using var _ = World.Enter("virtio_scsi_set_config");
        var sense = this.Get32(Config[SenseSizeOffset..]);
        var cdb = this.Get32(Config[CdbSizeOffset..]);
        if (sense >= 65536 || cdb >= 256)
        {
            Error("bad data written to virtio-scsi configuration space");
            return;
        }
        senseSize = sense;
        cdbSize = cdb;
    }

    /// <summary>Models virtio_scsi_hotunplug() and virtio_scsi_hotplug(): takes the disk away or gives it back.</summary>
    /// <returns>Whether it is there now.</returns>
    internal override bool ToggleLun()
    {
        using var _ = World.Enter(hasLun ? "virtio_scsi_hotunplug" : "virtio_scsi_hotplug");
        const uint TransportReset = 1;
        const uint Rescan = 1;
        const uint Removed = 2;
        hasLun = !hasLun;
        if (!HasFeature(FeatureHotplug)) return hasLun;
        PushEvent(TransportReset, hasLun ? Rescan : Removed, aboutDisk: true);
        Disk.LunsChanged();
        return hasLun;
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        for (var i = 0; i < EventQueue + 1 + requestQueues; i++) AddQueue(QueueSize);
        OfferFeatures((1UL << FeatureHotplug) | (1UL << FeatureChange));
        SetConfigLength(ConfigSize);
        hasLun = true;
        Disk.Renew();
        ResetSizes();
    }

    /// <summary>Models virtio_scsi_reset().</summary>
    protected override void OnReset()
    {
        using var _ = World.Enter("virtio_scsi_reset");
        Disk.Reset();
        ResetSizes();
    }

    /// <summary>Models virtio_scsi_get_config().</summary>
    protected override void GetConfig(Span<byte> into)
    {
        using var _ = World.Enter("virtio_scsi_get_config");
        const uint MaxSectors = 0xffff;
        const uint CommandsPerLun = 128;
        const uint EventSize = 16;
        const ushort MaxTarget = 255;
        const uint MaxLun = 16383;
        this.Put32(into, (uint)(QueueCount - EventQueue - 1));
        this.Put32(into[4..], QueueSize - 2);
        this.Put32(into[8..], MaxSectors);
        this.Put32(into[12..], CommandsPerLun);
        this.Put32(into[16..], EventSize);
        this.Put32(into[SenseSizeOffset..], senseSize);
        this.Put32(into[CdbSizeOffset..], cdbSize);
        this.Put16(into[28..], 0);
        this.Put16(into[30..], MaxTarget);
        this.Put32(into[32..], MaxLun);
    }

    /// <summary>Models virtio_scsi_handle_ctrl(), virtio_scsi_handle_event() and virtio_scsi_handle_cmd(): a kick of a queue.</summary>
    protected override void OnOutput(HostVirtqueue queue)
    {
        using var _ = World.Enter(queue.Index switch
        {
            ControlQueue => "virtio_scsi_handle_ctrl",
            EventQueue => "virtio_scsi_handle_event",
            _ => "virtio_scsi_handle_cmd",
        });
        if (Transport is { IsIoeventfdStarted: false })
        {
            // A kick before DRIVER_OK starts the data plane, which then sees the queue kicked.
            Transport.StartIoeventfd();
            return;
        }
        switch (queue.Index)
        {
            case ControlQueue:
                HandleControlQueue(queue);
                break;
            case EventQueue:
                if (eventsDropped) PushEvent(0, 0, aboutDisk: false);
                break;
            default:
                HandleCommandQueue(queue);
                break;
        }
    }

    private void ResetSizes()
    {
        senseSize = DefaultSenseSize;
        cdbSize = DefaultCdbSize;
        eventsDropped = false;
    }

    /// <summary>Models virtio_scsi_push_event(): reports an event in a buffer that the guest left for it.</summary>
    private void PushEvent(uint what, uint reason, bool aboutDisk)
    {
        using var _ = World.Enter("virtio_scsi_push_event");
        const int EventSize = 16;
        const uint EventsMissed = 0x8000_0000;
        if ((Status & VirtioStatus.DriverOk) == 0 || Queue(EventQueue) is not { } queue) return;
        if (queue.Pop() is not { } buffer)
        {
            eventsDropped = true;
            return;
        }
        if (eventsDropped)
        {
            what |= EventsMissed;
            eventsDropped = false;
        }
        if (buffer.WritableSize < EventSize)
        {
            BadRequest(queue);
            return;
        }
        Span<byte> message = stackalloc byte[EventSize];
        message.Clear();
        this.Put32(message, what);
        message[4] = aboutDisk ? (byte)1 : (byte)0;
        this.Put32(message[12..], reason);
        buffer.Write(0, message);
        queue.Push(buffer, EventSize);
        queue.NotifyGuest();
    }

    /// <summary>Models virtio_scsi_bad_req(): the request makes no sense: the device is broken from here on.</summary>
    private void BadRequest(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_scsi_bad_req");
        Error("wrong size for virtio-scsi headers");
        queue.Detach();
    }
}
