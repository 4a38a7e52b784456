using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>A virtio device without its transport (struct VirtIODevice, hw/virtio/virtio.c); back ends derive from it.</summary>
public abstract class VirtioHostDevice
{
    private readonly List<HostVirtqueue> queues = [];
    private readonly Func<SimTask> serveKicks;
    private int queueCount;
    private bool kickServerQueued;
    private byte[] config = [];

    /// <summary>Creates a device that is not plugged.</summary>
    /// <param name="world">Where it lives.</param>
    /// <param name="memory">The guest's RAM.</param>
    protected VirtioHostDevice(World world, GuestMemory memory)
    {
        World = world;
        Memory = memory;
        serveKicks = ServeKicks;
    }

    /// <summary>Where it lives.</summary>
    public World World { get; }

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>Virtio device id, which SENSE ID shows as the control unit model.</summary>
    public abstract byte DeviceId { get; }

    /// <summary>Name of the contexts that work for it, e.g. "host/blk".</summary>
    public abstract string ContextName { get; }

    /// <summary>Features offered.</summary>
    public ulong HostFeatures { get; private set; }

    /// <summary>Features accepted.</summary>
    public ulong GuestFeatures { get; private set; }

    /// <summary>Status byte.</summary>
    public VirtioStatus Status { get; protected set; }

    /// <summary>Whether the guest broke its rings; only a reset helps.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether the back end takes no buffers, as a campaign wanted.</summary>
    public bool IsStalled { get; internal set; }

    /// <summary>What comes of reads and writes that are performed now.</summary>
    protected BackEndResult Result { get; private set; }

    /// <summary>Vector of configuration changes, or <see cref="HostVirtqueue.NoVector"/>.</summary>
    public ushort ConfigVector { get; internal set; }

    /// <summary>Configuration space as last read or written.</summary>
    public ReadOnlySpan<byte> Config => config;

    /// <summary>Bytes of configuration space.</summary>
    public int ConfigLength => config.Length;

    /// <summary>Queues with a size (virtio_get_num_queues).</summary>
    public int QueueCount => queueCount;

    /// <summary>Whether rings and configuration are big-endian: a legacy driver on this architecture.</summary>
    public bool IsBigEndian => !HasFeature(VirtioFeature.Version1);

    /// <summary>Features of its own that a modern driver is not offered (legacy_features).</summary>
    public virtual ulong LegacyFeatures => 0;

    /// <summary>Whether the transport takes no driver that does not begin with a revision of 1 or more (force_revision_1).</summary>
    internal virtual bool ForcesRevision1 => false;

    /// <summary>Whether completions are events while notifiers are assigned (the data plane of blk and scsi).</summary>
    internal virtual bool UsesGuestNotifiers => false;

    /// <summary>Whether one context serves the kicks of all queues, one queue at a time: the main loop, for devices with many.</summary>
    internal virtual bool SharesKickServer => false;

    /// <summary>The transport it is plugged into.</summary>
    internal VirtioCcwHostDevice? Transport { get; set; }

    /// <summary>Whether a feature was accepted (virtio_vdev_has_feature).</summary>
    public bool HasFeature(int bit) => (GuestFeatures & (1UL << bit)) != 0;

    /// <summary>The queue with an index, or null if the device has none.</summary>
    public HostVirtqueue? Queue(int index) => index < queueCount ? queues[index] : null;

    /// <summary>Models virtio_device_realize(): the device's life begins.</summary>
    /// <param name="requestQueues">Request queues, for devices that can have several.</param>
    internal void Realize(int requestQueues)
    {
        using var _ = World.Enter("virtio_device_realize");
        queueCount = 0;
        HostFeatures = VirtioFeature.Common;
        GuestFeatures = 0;
        Status = VirtioStatus.None;
        IsBroken = IsStalled = kickServerQueued = false;
        Result = BackEndResult.Ok;
        ConfigVector = HostVirtqueue.NoVector;
        OnRealize(requestQueues);
        Array.Clear(config);
    }

    /// <summary>Models virtio_device_unrealize(): the device's life ends.</summary>
    internal void Unrealize()
    {
        using var _ = World.Enter("virtio_device_unrealize");
        if (Transport?.Has(Defects.IoeventfdAfterFree) == false) Transport.StopIoeventfd();
        OnUnrealize();
        for (var i = 0; i < queueCount; i++) queues[i].Delete();
        queueCount = 0;
    }

    /// <summary>Models virtio_set_status(): sets the status byte.</summary>
    /// <returns>0, or a negative errno if the features are not acceptable.</returns>
    internal int SetStatus(VirtioStatus value)
    {
        using var _ = World.Enter("virtio_set_status");
        World.Trace.Add(TraceKind.Status, $"status {(byte)value}");
        World.Features.Hit(0x20, DeviceId, ((uint)Status << 8) | (uint)value);
        OnStatus(value);
        Status = value;
        return 0;
    }

    /// <summary>Models virtio_set_features(): accepts features that are offered, unless negotiation is over.</summary>
    internal void SetFeatures(ulong value)
    {
        using var _ = World.Enter("virtio_set_features");
        if ((Status & VirtioStatus.FeaturesOk) != 0) return;
        GuestFeatures = value & HostFeatures;
        if (!HasFeature(VirtioFeature.EventIdx)) return;
        for (var i = 0; i < queueCount; i++) queues[i].MapRings(); // the rings became two bytes longer
    }

    /// <summary>Models virtio_reset(): back to the state after plugging.</summary>
    internal void Reset()
    {
        using var _ = World.Enter("virtio_reset");
        SetStatus(VirtioStatus.None);
        OnReset();
        IsBroken = false;
        GuestFeatures = 0;
        Status = VirtioStatus.None;
        ConfigVector = HostVirtqueue.NoVector;
        for (var i = 0; i < queueCount; i++) queues[i].Reset();
    }

    /// <summary>Reads the configuration space anew (virtio_bus_get_vdev_config).</summary>
    internal ReadOnlySpan<byte> ReadConfig()
    {
        GetConfig(config);
        return config;
    }

    /// <summary>The bytes that WRITE_CONF fills before <see cref="SetConfig"/>.</summary>
    internal Span<byte> ConfigBuffer(int length) => config.AsSpan(0, length);

    /// <summary>The guest wrote configuration space (set_config).</summary>
    internal virtual void SetConfig()
    {
    }

    /// <summary>Whether a machine can have one device of this type only.</summary>
    internal virtual bool IsTheOnlyOne => false;

    /// <summary>Whether the guest gives pages away to it.</summary>
    internal virtual bool TakesPages => false;

    /// <summary>The operator changes the configuration, as far as there is something to change, and the guest is told.</summary>
    /// <param name="pages">Pages of 4 KiB that a balloon shall hold.</param>
    /// <returns>Whether the driver is ready to hear of it.</returns>
    internal virtual bool ChangeConfig(uint pages) => NotifyConfig();

    /// <summary>The guest is told that the configuration changed; a network interface asks it to announce itself.</summary>
    /// <returns>Whether the driver is ready to hear of it.</returns>
    internal virtual bool InterruptConfig() => ChangeConfig(0);

    /// <summary>Asks the driver for statistics.</summary>
    /// <returns>False if it cannot be asked now, or has none.</returns>
    internal virtual bool RequestStats() => false;

    /// <summary>Something comes from behind the device, if it is a kind of device to which something comes: a packet, a key.</summary>
    /// <param name="what">Tells one from another, 0 to 255.</param>
    internal virtual void Inject(int what)
    {
    }

    /// <summary>Takes the adapter's disk away, or gives it back; the guest hears of it by an event.</summary>
    /// <returns>Whether it has one now.</returns>
    internal virtual bool ToggleLun() => false;

    /// <summary>Does something with a port of a serial adapter.</summary>
    /// <returns>False if there is no such port, or if there is one already.</returns>
    internal virtual bool Port(SerialPortAction action, int id) => false;

    /// <summary>Models virtio_notify_config(): the configuration changed.</summary>
    /// <returns>Whether the driver is ready to hear of it.</returns>
    internal bool NotifyConfig()
    {
        using var _ = World.Enter("virtio_notify_config");
        if ((Status & VirtioStatus.DriverOk) == 0) return false;
        NotifyVector(ConfigVector);
        return true;
    }

    /// <summary>Notifies through the transport, unless the device is broken (virtio_notify_vector).</summary>
    internal void NotifyVector(ushort vector)
    {
        if (!IsBroken) Transport?.Notify(vector);
    }

    /// <summary>Models virtio_error(): the guest did something impossible: no more service until it resets the device.</summary>
    internal void Error(string message)
    {
        using var _ = World.Enter("virtio_error");
        World.Trace.Add(TraceKind.Log, $"{ContextName}: {message}");
        if (HasFeature(VirtioFeature.Version1))
        {
            Status |= VirtioStatus.NeedsReset;
            NotifyConfig();
        }
        IsBroken = true;
    }

    /// <summary>A queue was kicked; nothing happens while the device is stalled.</summary>
    internal virtual void HandleOutput(HostVirtqueue queue)
    {
        if (!IsStalled || TakesBuffersWhenStalled) OnOutput(queue);
    }

    /// <summary>Some queue was kicked while kicks are events: the main loop will see it.</summary>
    internal void QueueKickServer()
    {
        if (kickServerQueued) return;
        kickServerQueued = true;
        World.Scheduler.Spawn(ContextKind.Host, ContextName, serveKicks);
    }

    /// <summary>Ends a stall and works on everything that is queued.</summary>
    /// <param name="result">What comes of the reads and writes that are performed now.</param>
    internal virtual void Complete(BackEndResult result)
    {
        IsStalled = false;
        Result = result;
        for (var i = 0; i < queueCount; i++) queues[i].Serve();
        Result = BackEndResult.Ok;
    }

    /// <summary>Whether a stall concerns what is behind the device only, and not the device itself.</summary>
    protected virtual bool TakesBuffersWhenStalled => false;

    /// <summary>Adds a queue (virtio_add_queue).</summary>
    [Uncounted]
    protected void AddQueue(int size)
    {
        if (queueCount == queues.Count) queues.Add(new HostVirtqueue(this, queueCount));
        queues[queueCount++].Add(size);
    }

    /// <summary>Offers more features.</summary>
    protected void OfferFeatures(ulong bits) => HostFeatures |= bits;

    /// <summary>Sets the size of configuration space.</summary>
    [Uncounted]
    protected void SetConfigLength(int length)
    {
        if (config.Length != length) config = new byte[length];
    }

    /// <summary>Adds queues, features and configuration space.</summary>
    protected abstract void OnRealize(int requestQueues);

    /// <summary>Works on a queue that was kicked.</summary>
    protected abstract void OnOutput(HostVirtqueue queue);

    /// <summary>
    /// Models virtio_queue_host_notifier_read(): the main loop serves one queue and comes again; handlers that were added last are looked
    /// at first.
    /// </summary>
    private SimTask ServeKicks()
    {
        using var _ = World.Enter("virtio_queue_host_notifier_read");
        kickServerQueued = false;
        var served = false;
        for (var i = queueCount - 1; i >= 0; i--)
        {
            if (!queues[i].IsKicked) continue;
            if (served)
            {
                QueueKickServer();
                break;
            }
            queues[i].ReadHostNotifier();
            served = true;
        }
        return SimTask.Done;
    }

    /// <summary>Gives up what is still in progress.</summary>
    protected virtual void OnUnrealize()
    {
    }

    /// <summary>The status byte is about to change (set_status).</summary>
    protected virtual void OnStatus(VirtioStatus value)
    {
    }

    /// <summary>The device is reset.</summary>
    protected virtual void OnReset()
    {
    }

    /// <summary>Fills in configuration space.</summary>
    protected virtual void GetConfig(Span<byte> into)
    {
    }
}
