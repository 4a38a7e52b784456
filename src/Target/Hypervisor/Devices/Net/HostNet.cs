using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Net;

/// <summary>The network interface (hw/net/virtio-net.c) with one pair of queues.</summary>
/// <remarks>
/// Its back end is a hub without another port: it swallows what is sent, and packets come in when a campaign says so. Such a
/// back end has no offloads, so neither has the device.
/// </remarks>
public sealed partial class HostNet : VirtioHostDevice
{
    private const int QueueSize = 256;
    private const int ControlQueueSize = 64;
    private const int ConfigSize = 8;
    private const int ReceiveQueue = 0;
    private const int TransmitQueue = 1;
    private const ulong LinkUp = 1;
    private const ulong AnnounceFlag = 2;
    private const int FeatureGuestOffloads = 2;
    private const int FeatureMac = 5;
    private const int FeatureGso = 6;
    private const int FeatureMergeableBuffers = 15;
    private const int FeatureStatus = 16;
    private const int FeatureControlQueue = 17;
    private const int FeatureControlRx = 18;
    private const int FeatureControlVlan = 19;
    private const int FeatureControlRxExtra = 20;
    private const int FeatureGuestAnnounce = 21;
    private const int FeatureControlMac = 23;
    private static readonly byte[] DefaultMac = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];
    private readonly byte[] mac = new byte[6];
    private readonly Func<SimTask> transmit;
    private ulong status;

    internal HostNet(World world, GuestMemory memory) : base(world, memory) => transmit = TransmitBottomHalf;

    /// <inheritdoc/>
    public override byte DeviceId => 1;

    /// <inheritdoc/>
    public override string ContextName => "host/net";

    /// <inheritdoc/>
    public override ulong LegacyFeatures => 1UL << FeatureGso;

    /// <summary>Whether the link is up.</summary>
    public bool IsLinkUp => (status & LinkUp) != 0;

    /// <summary>Packets that the back end took since the device was plugged.</summary>
    public int Swallowed { get; private set; }

    private HostVirtqueue Rx => Queue(ReceiveQueue)!;

    private HostVirtqueue Tx => Queue(TransmitQueue)!;

    private bool IsDriverOk => (Status & VirtioStatus.DriverOk) != 0;

    /// <summary>Models virtio_net_set_link_status(): the link goes up or down.</summary>
    /// <returns>Whether the driver was ready to hear of it.</returns>
    internal bool SetLinkStatus(bool up)
    {
        using var _ = World.Enter("virtio_net_set_link_status");
        var old = status;
        status = up ? status | LinkUp : status & ~LinkUp;
        var heard = status != old && NotifyConfig();
        UpdateStatus(Status);
        return heard;
    }

    /// <inheritdoc/>
    internal override bool ChangeConfig(uint pages) => SetLinkStatus(!IsLinkUp);

    /// <inheritdoc/>
    internal override bool InterruptConfig() => Announce();

    /// <summary>Models virtio_net_announce(): asks the guest to announce itself.</summary>
    /// <returns>Whether the driver was ready to hear of it.</returns>
    internal bool Announce()
    {
        using var _ = World.Enter("virtio_net_announce");
        if (!HasFeature(FeatureGuestAnnounce) || !HasFeature(FeatureControlQueue)) return false;
        status |= AnnounceFlag;
        return NotifyConfig();
    }

    /// <summary>A queue was kicked: the device itself never stalls, only its back end does.</summary>
    internal override void HandleOutput(HostVirtqueue queue) => OnOutput(queue);

    /// <inheritdoc/>
    internal override void Complete(BackEndResult result)
    {
        IsStalled = false;
        if (pendingTransmit is not null) CompleteTransmit();
        FlushReceived();
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        AddQueue(QueueSize);
        AddQueue(QueueSize);
        AddQueue(ControlQueueSize);
        OfferFeatures((1UL << FeatureGuestOffloads) | (1UL << FeatureMac) | (1UL << FeatureGso) | (1UL << FeatureMergeableBuffers)
            | (1UL << FeatureStatus) | (1UL << FeatureControlQueue) | (1UL << FeatureControlRx) | (1UL << FeatureControlVlan)
            | (1UL << FeatureControlRxExtra) | (1UL << FeatureGuestAnnounce) | (1UL << FeatureControlMac));
        SetConfigLength(ConfigSize);
        status = LinkUp;
        Swallowed = 0;
        transmitWaiting = transmitScheduled = bottomHalfQueued = false;
        pendingTransmit = null;
        incoming.Clear();
        ResetFilter();
    }

    /// <summary>Models virtio_net_device_unrealize(): what the back end has not taken is given back to a guest that is not asked.</summary>
    protected override void OnUnrealize()
    {
        using var _ = World.Enter("virtio_net_device_unrealize");
        UpdateStatus(VirtioStatus.None);
        if (pendingTransmit is not null) CompleteTransmit();
        transmitWaiting = transmitScheduled = false;
        pendingTransmit = null;
        incoming.Clear();
    }

    /// <summary>Models virtio_net_set_status().</summary>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_net_set_status");
        UpdateStatus(value);
    }

    /// <summary>Models virtio_net_reset().</summary>
    protected override void OnReset()
    {
        using var _ = World.Enter("virtio_net_reset");
        ResetFilter();
        status &= ~AnnounceFlag;
        // flush_or_purge_queued_packets(): a back end that takes nothing is not waited for.
        if (pendingTransmit is not null) CompleteTransmit();
    }

    /// <summary>Models virtio_net_get_config().</summary>
    protected override void GetConfig(Span<byte> into)
    {
        using var _ = World.Enter("virtio_net_get_config");
        mac.CopyTo(into);
        this.Put16(into[6..], (ushort)status);
    }

    /// <summary>Models virtio_net_handle_rx(), virtio_net_handle_tx_bh() and virtio_net_handle_ctrl(): the guest kicked a queue.</summary>
    protected override void OnOutput(HostVirtqueue queue)
    {
        using var _ = World.Enter(queue.Index switch
        {
            ReceiveQueue => "virtio_net_handle_rx",
            TransmitQueue => "virtio_net_handle_tx_bh",
            _ => "virtio_net_handle_ctrl",
        });
        switch (queue.Index)
        {
            case ReceiveQueue:
                FlushReceived();
                break;
            case TransmitQueue:
                HandleTransmit();
                break;
            default:
                HandleControl(queue);
                break;
        }
    }

    private bool IsStarted(VirtioStatus value) => (value & VirtioStatus.DriverOk) != 0 && IsLinkUp;

    /// <summary>Starts or stops both directions for a device status that is about to be set.</summary>
    private void UpdateStatus(VirtioStatus value)
    {
        var started = IsStarted(value);
        if (started) FlushReceived();
        if (!transmitWaiting) return;
        if (started)
        {
            ScheduleTransmit();
            return;
        }
        transmitScheduled = false;
        if (IsLinkUp || (value & VirtioStatus.DriverOk) == 0) return;
        transmitWaiting = false;
        Tx.SetNotification(true);
        DropTransmit();
    }
}
