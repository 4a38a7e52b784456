using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Serial;

/// <summary>The serial adapter (hw/char/virtio-serial-bus.c) with its ports; ports come and go.</summary>
/// <remarks>
/// A stall is one of the peers behind the character devices: the adapter itself always serves its queues, in QEMU's main loop.
/// Names of ports, emergency writes and migration are left out.
/// </remarks>
public sealed partial class HostSerial : VirtioHostDevice
{
    /// <summary>Ports that an adapter can have (max_ports).</summary>
    public const int MaxPorts = 31;

    private const int QueueSize = 128;
    private const int ControlQueueSize = 32;
    private const int ConfigSize = 12;
    private const int FeatureMultiport = 1;
    private const int FeatureEmergencyWrite = 2;
    private const int ControlIn = 2;
    private const int ControlOut = 3;
    private readonly List<HostSerialPort> ports = [];
    private readonly Func<SimTask> feed;
    private bool feedQueued;

    internal HostSerial(World world, GuestMemory memory) : base(world, memory) => feed = Feed;

    /// <inheritdoc/>
    public override byte DeviceId => 3;

    /// <inheritdoc/>
    public override string ContextName => "host/serial";

    /// <summary>Its ports, in the order they were plugged.</summary>
    public IReadOnlyList<HostSerialPort> Ports => ports;

    /// <inheritdoc/>
    internal override bool SharesKickServer => true;

    /// <inheritdoc/>
    protected override bool TakesBuffersWhenStalled => true;

    /// <summary>The port with a number, or null (find_port_by_id).</summary>
    public HostSerialPort? FindPort(uint id)
    {
        foreach (var port in ports)
            if (port.Id == id) return port;
        return null;
    }

    /// <inheritdoc/>
    internal override void Complete(BackEndResult result)
    {
        IsStalled = false;
        foreach (var port in ports)
            if (port.HasWatch) Unblock(port);
    }

    /// <inheritdoc/>
    protected override void OnRealize(int requestQueues)
    {
        for (var i = 0; i < 2 * (MaxPorts + 1); i++) AddQueue(i is ControlIn or ControlOut ? ControlQueueSize : QueueSize);
        OfferFeatures((1UL << FeatureMultiport) | (1UL << FeatureEmergencyWrite));
        SetConfigLength(ConfigSize);
        ports.Clear();
        feedQueued = false;
    }

    /// <summary>The ports are on a bus below the device, so they go first; the guest is told, though it is cut off already.</summary>
    protected override void OnUnrealize()
    {
        while (ports.Count > 0) Unplug(ports[0]);
    }

    /// <summary>Models vser_reset().</summary>
    protected override void OnReset()
    {
        using var _ = World.Enter("vser_reset");
        ResetGuest();
    }

    /// <summary>Models virtio_serial_set_status().</summary>
    protected override void OnStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_serial_set_status");
        var ready = (value & VirtioStatus.DriverOk) != 0;
        // A guest without multiport cannot say that it opened the only port that it can have.
        if (ready && !HasFeature(FeatureMultiport) && FindPort(0) is { } first) first.GuestConnected = true;
        if (!ready) ResetGuest();
    }

    /// <inheritdoc/>
    protected override void GetConfig(Span<byte> into)
    {
        this.Put32(into, 0);
        this.Put32(into[4..], MaxPorts);
    }

    /// <inheritdoc/>
    protected override void OnOutput(HostVirtqueue queue)
    {
        switch (queue.Index)
        {
            case ControlIn:
                break;
            case ControlOut:
                HandleControlQueue(queue);
                break;
            default:
                if (queue.Index % 2 == 0) HandleInput(queue);
                else HandleData(queue);
                break;
        }
    }

    /// <summary>Models guest_reset(): the driver is gone or was never there.</summary>
    private void ResetGuest()
    {
        using var _ = World.Enter("guest_reset");
        foreach (var port in ports)
        {
            DiscardThrottled(port);
            port.GuestConnected = false;
        }
    }

    /// <summary>The first of a port's two queues; those of the control port lie behind those of port 0.</summary>
    private static int FirstQueueOf(int id) => id == 0 ? 0 : 2 * (id + 1);

    private HostSerialPort? FindPort(HostVirtqueue queue)
    {
        foreach (var port in ports)
            if (port.Input == queue || port.Output == queue) return port;
        return null;
    }
}
