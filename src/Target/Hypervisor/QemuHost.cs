using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>The machine: devices are plugged and unplugged, changed, held up, and made to misbehave.</summary>
/// <remarks>
/// Every method is one atomic step under the big lock; campaigns call them from the host's context. Devices are pooled
/// across executions, never within one.
/// </remarks>
public sealed class QemuHost : INotifyTarget
{
    private readonly World world;
    private readonly Func<DeviceType, VirtioHostDevice> create;
    private readonly List<VirtioCcwHostDevice> devices = [];
    private readonly Dictionary<DeviceType, DevicePool> pools = [];

    /// <summary>Creates a machine without devices and connects it to the channel subsystem.</summary>
    /// <param name="world">Where it lives.</param>
    /// <param name="channel">Its channel subsystem.</param>
    /// <param name="create">Makes devices of a type.</param>
    public QemuHost(World world, ChannelSubsystem channel, Func<DeviceType, VirtioHostDevice> create)
    {
        ArgumentNullException.ThrowIfNull(channel);
        this.world = world;
        this.create = create;
        Channel = channel;
        Indicators = new IndicatorTable(world);
        channel.NotifyTarget = this;
    }

    /// <summary>The channel subsystem.</summary>
    public ChannelSubsystem Channel { get; }

    /// <summary>Which QEMU it is.</summary>
    public HostVersion Version { get; set; }

    /// <summary>Whether disabling a subchannel resets its virtio device (remedy ResetDisabled).</summary>
    public bool ResetsDisabled { get; set; }

    /// <summary>Who notifies the guest of used buffers.</summary>
    public NotifyModel Notification { get; set; }

    /// <summary>Addresses that devices set indicators at, with their reference counts.</summary>
    public IndicatorTable Indicators { get; }

    /// <summary>Devices that are plugged, in the order they were.</summary>
    public IReadOnlyList<VirtioCcwHostDevice> Devices => devices;

    /// <summary>Models qmp_device_add(): plugs a device.</summary>
    /// <param name="type">What.</param>
    /// <param name="devno">Device number.</param>
    /// <param name="ssid">Subchannel set, 0 to 3.</param>
    /// <param name="hotplugged">False for a device that is there from the start: nothing is reported to the guest.</param>
    /// <param name="requestQueues">Request queues of a disk.</param>
    /// <returns>The device, or null if the device number is taken, or if it would be a second balloon.</returns>
    public VirtioCcwHostDevice? Plug(DeviceType type, ushort devno, byte ssid = 0, bool hotplugged = true, int requestQueues = 1)
    {
        using var _ = world.Enter("qmp_device_add");
        var pool = PoolOf(type);
        var device = pool.Next();
        if (device.Virtio.IsTheOnlyOne && IsPlugged(type)) return null;
        if (!device.Realize(ssid, devno, hotplugged, requestQueues)) return null;
        pool.Take();
        devices.Add(device);
        return device;
    }

    /// <summary>Models qmp_device_del(): unplugs a device; the guest is not asked. Nothing happens if it is gone already.</summary>
    public void Unplug(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var _ = world.Enter("qmp_device_del");
        device.Unplug();
        if (Channel.Variant.Has(Defects.DoubleUnparent)) Unparent();
        devices.Remove(device);
    }

    /// <summary>Models object_unparent(): what the unplug routine has done already.</summary>
    private void Unparent()
    {
        using var _ = world.Enter("object_unparent");
        world.Fail(ViolationKind.HostAssert, "the device is removed from its parent a second time", "struct VirtioCcwDevice");
    }

    /// <summary>Changes the configuration: a disk's size, the link of an interface, a balloon's target; others only say so.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="pages">Pages of 4 KiB that a balloon shall hold.</param>
    /// <returns>Whether the driver was ready to hear of it.</returns>
    public bool ConfigChange(VirtioCcwHostDevice device, uint pages = 0)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsPlugged && device.Virtio.ChangeConfig(pages);
    }

    /// <summary>Asks a balloon's driver for statistics.</summary>
    /// <returns>False if it cannot be asked now; false for other devices.</returns>
    public bool RequestStats(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsPlugged && device.Virtio.RequestStats();
    }

    /// <summary>Says that the configuration changed; a network interface asks the guest to announce itself (announce-self).</summary>
    /// <returns>Whether the driver was ready to hear of it.</returns>
    public bool ConfigInterrupt(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsPlugged && device.Virtio.InterruptConfig();
    }

    /// <summary>Something comes from behind a device: a packet for a network interface; nothing happens for other devices.</summary>
    /// <param name="device">For whom.</param>
    /// <param name="what">Tells one from another, 0 to 255.</param>
    public void Inject(VirtioCcwHostDevice device, int what)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.IsPlugged) device.Virtio.Inject(what);
    }

    /// <summary>Takes the disk of a SCSI adapter away, or gives it back; the guest hears of it by an event.</summary>
    /// <returns>Whether it has one now; false for other devices.</returns>
    public bool ToggleLun(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsPlugged && device.Virtio.ToggleLun();
    }

    /// <summary>Does something with a port of a serial adapter; nothing happens on other devices.</summary>
    /// <param name="device">The adapter.</param>
    /// <param name="action">What.</param>
    /// <param name="id">Number of the port; 0 is a console.</param>
    /// <returns>Whether it could be done.</returns>
    public bool Port(VirtioCcwHostDevice device, SerialPortAction action, int id)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.IsPlugged && device.Virtio.Port(action, id);
    }

    /// <summary>The back end takes no buffers until <see cref="Complete"/>.</summary>
    public void Stall(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.Virtio.IsStalled = device.IsPlugged;
    }

    /// <summary>Ends a stall; the back end works on everything that is queued, in the caller's context.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="result">What comes of the reads and writes that are performed now.</param>
    public void Complete(VirtioCcwHostDevice device, BackEndResult result = BackEndResult.Ok)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.IsPlugged) device.Virtio.Complete(result);
    }

    /// <summary>Start, halt and clear functions of a device stay pending until they are released.</summary>
    /// <returns>False if this host performs functions at once.</returns>
    public bool HoldFunctions(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Subchannel is { } sch) Channel.HoldFunctions(sch);
        return Channel.IsDeferred;
    }

    /// <summary>Performs the functions of a device that were held back.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ReleaseFunctions(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Subchannel is { } sch && Channel.ReleaseFunctions(sch);
    }

    /// <summary>Performs all functions that were held back.</summary>
    /// <returns>Whether there was one.</returns>
    public bool ReleaseFunctions()
    {
        var any = false;
        foreach (var device in devices) any |= ReleaseFunctions(device);
        return any;
    }

    /// <summary>Presents unsolicited status: alert and pending, nothing else.</summary>
    /// <returns>False if the subchannel is not enabled or has status already.</returns>
    public bool SpuriousInterrupt(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Subchannel is { } sch && Channel.InjectUnsolicited(sch);
    }

    /// <summary>Presents unsolicited error status, with sense data for a unit check.</summary>
    /// <param name="device">Whose.</param>
    /// <param name="deviceStatus">Device status, e.g. unit check.</param>
    /// <param name="subchannelStatus">Subchannel status, e.g. interface control check.</param>
    /// <returns>False if the subchannel is not enabled or has status already.</returns>
    public bool ErrorInterrupt(VirtioCcwHostDevice device, DeviceStatus deviceStatus, SubchannelStatus subchannelStatus)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Subchannel is not { } sch) return false;
        if (Channel.IsDeferred && sch.Status.Scsw.Functions != 0) return false; // busy with a function
        if (!Channel.InjectUnsolicited(sch)) return false;
        sch.Status.Scsw.DeviceStatus = deviceStatus;
        sch.Status.Scsw.SubchannelStatus = subchannelStatus;
        if ((deviceStatus & DeviceStatus.UnitCheck) != 0) sch.Sense[0] = SenseBytes.EquipmentCheck;
        return true;
    }

    /// <summary>Makes an I/O interrupt pending that TEST SUBCHANNEL finds nothing for.</summary>
    /// <returns>False if the device is gone.</returns>
    public bool InterruptWithoutStatus(VirtioCcwHostDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device.Subchannel is not { } sch) return false;
        Channel.InjectInterrupt(sch);
        return true;
    }

    /// <summary>The plugged device with a device number, or null.</summary>
    public VirtioCcwHostDevice? FindByDevno(ushort devno, byte ssid = 0)
    {
        foreach (var device in devices)
            if (device.Devno == devno && device.Id.Ssid == ssid) return device;
        return null;
    }

    /// <summary>The plugged device in a subchannel slot, or null.</summary>
    public VirtioCcwHostDevice? FindBySlot(ushort schid, byte ssid = 0)
    {
        foreach (var device in devices)
            if (device.Id.Schid == schid && device.Id.Ssid == ssid) return device;
        return null;
    }

    /// <summary>The guest kicked a queue (virtio_queue_notify).</summary>
    public long Notify(HostSubchannel subchannel, uint queue)
    {
        ArgumentNullException.ThrowIfNull(subchannel);
        if (queue >= HostVirtqueue.MaxQueues)
        {
            if (Channel.Variant.Has(Defects.HypercallQueue)) NotifyBeyondQueues(queue);
            return -Errno.EINVAL;
        }
        // What is behind the subchannel is taken for a virtio device unseen.
        if (subchannel.Device is not VirtioCcwHostDevice device)
        {
            using var _ = world.Enter("virtio_queue_notify");
            world.Fail(ViolationKind.HostAssert, "what is notified is no virtio device", "struct VirtIODevice");
            return 0;
        }
        device.Virtio.Queue((int)queue)?.Kick();
        return 0;
    }

    /// <summary>
    /// Models virtio_queue_notify(): with the defect a kick of a queue that the device does not have is an access beyond its queues.
    /// </summary>
    private void NotifyBeyondQueues(uint queue)
    {
        using var _ = world.Enter("virtio_queue_notify");
        world.Fail(ViolationKind.HostAssert, $"vq[] is indexed with {queue}, beyond its end", "struct VirtIODevice");
    }

    /// <summary>Models qemu_system_reset(): resets the machine with everything in it.</summary>
    public void SystemReset()
    {
        using var _ = world.Enter("qemu_system_reset");
        foreach (var device in devices) device.SystemReset();
        Channel.SystemReset();
    }

    /// <summary>Forgets everything: a new execution starts. The channel subsystem is reset by its owner.</summary>
    public void Reset()
    {
        devices.Clear();
        foreach (var pool in pools.Values) pool.Reset();
        Indicators.Reset();
        Version = HostVersion.Q72;
        Notification = NotifyModel.Bql;
        Channel.NotifyTarget = this;
    }

    /// <summary>Whether there is one already: qemu_add_balloon_handler() refuses a second one before the guest could see it.</summary>
    private bool IsPlugged(DeviceType type)
    {
        foreach (var device in devices)
            if (device.Type == type) return true;
        return false;
    }

    [Uncounted]
    private DevicePool PoolOf(DeviceType type)
    {
        if (pools.TryGetValue(type, out var pool)) return pool;
        pool = new DevicePool([Uncounted] () => new VirtioCcwHostDevice(this, type, create(type)));
        pools.Add(type, pool);
        return pool;
    }
}
