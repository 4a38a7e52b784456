using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>One virtqueue on the host's side (struct VirtQueue, hw/virtio/virtio.c), split rings only.</summary>
/// <remarks>
/// While notifiers are assigned (ioeventfd), a kick is an event that a host context serves later, and a completion may be
/// one too. Taking the notifiers away serves what is pending, so nothing happens afterwards.
/// </remarks>
public sealed partial class HostVirtqueue
{
    /// <summary>Queues that a device can have at most (VIRTIO_QUEUE_MAX).</summary>
    public const int MaxQueues = 1024;

    /// <summary>Descriptors that a queue can have at most (VIRTQUEUE_MAX_SIZE).</summary>
    public const int MaxSize = 1024;

    /// <summary>Vector of a queue that nobody is told about (VIRTIO_NO_VECTOR).</summary>
    public const ushort NoVector = 0xffff;

    private const uint LegacyAlign = 4096;
    private readonly VirtioHostDevice device;
    private readonly World world;
    private readonly Func<SimTask> serveKick;
    private readonly Func<SimTask> serveInterrupt;
    private bool kicked;
    private bool kickServerQueued;
    private bool completed;
    private bool interruptServerQueued;
    private bool injecting;
    private int injectStep;

    internal HostVirtqueue(VirtioHostDevice device, int index)
    {
        this.device = device;
        world = device.World;
        memory = device.Memory;
        element = new VirtqueueElement(memory);
        Index = index;
        serveKick = ServeKick;
        serveInterrupt = ServeInterrupt;
    }

    /// <summary>Index in its device.</summary>
    public int Index { get; }

    /// <summary>Descriptors as set up now; 0 once the device is gone.</summary>
    public int Size { get; private set; }

    /// <summary>Descriptors that the device offers (num_default).</summary>
    public int DefaultSize { get; private set; }

    /// <summary>Guest address of the descriptor table; 0 if not set up.</summary>
    public ulong Desc { get; private set; }

    /// <summary>Guest address of the available ring.</summary>
    public ulong Avail { get; private set; }

    /// <summary>Guest address of the used ring.</summary>
    public ulong Used { get; private set; }

    /// <summary>Vector to notify, or <see cref="NoVector"/>.</summary>
    public ushort Vector { get; internal set; } = NoVector;

    /// <summary>Whether kicks are events (host_notifier_enabled).</summary>
    public bool HasHostNotifier { get; private set; }

    /// <summary>Whether completions are events.</summary>
    public bool HasGuestNotifier { get; private set; }

    /// <summary>Whether the guest was notified and has not looked since; for observers.</summary>
    public bool IsSignalled { get; internal set; }

    /// <summary>Whether a kick waits to be served.</summary>
    public bool IsKicked => kicked;

    /// <summary>Gives the queue its size, at the start of the device's life (virtio_add_queue).</summary>
    internal void Add(int size)
    {
        Size = DefaultSize = size;
        HasHostNotifier = HasGuestNotifier = false;
        kicked = completed = kickServerQueued = interruptServerQueued = injecting = false;
        hasCaches = false;
        Reset();
    }

    /// <summary>Ends the queue's life (virtio_del_queue).</summary>
    internal void Delete()
    {
        Size = DefaultSize = 0;
        if (hasCaches && Has(Defects.CacheLeakOnDel)) LeakCaches();
        hasCaches = false;
        HasHostNotifier = HasGuestNotifier = kicked = completed = injecting = false;
    }

    /// <summary>Back to the state after plugging (__virtio_queue_reset).</summary>
    internal void Reset()
    {
        Desc = Avail = Used = 0;
        lastAvail = shadowAvail = usedIndex = signalledUsed = 0;
        signalledUsedValid = false;
        notification = true;
        Vector = NoVector;
        Size = DefaultSize;
        inUse = 0;
        IsSignalled = false;
        if (!Has(Defects.CacheSurvivesReset)) hasCaches = false;
    }

    private bool Has(Switch change) => device.Transport?.Has(change) == true;

    /// <summary>Models virtio_queue_set_addr() with virtio_queue_update_rings(): legacy set-up by one address.</summary>
    internal void SetAddress(ulong desc)
    {
        using var _ = world.Enter("virtio_queue_set_addr");
        if (Size == 0) return;
        Desc = desc;
        if (desc == 0)
        {
            // The other addresses stay as they were.
            if (!Has(Remedies.ClearRings)) return;
            Avail = Used = 0;
            MapRings();
            return;
        }
        Avail = desc + ((ulong)Size * DescriptorSize);
        Used = (Avail + RingOffset + (2 * (ulong)Size) + LegacyAlign - 1) & ~(ulong)(LegacyAlign - 1);
        MapRings();
    }

    /// <summary>Models virtio_queue_set_rings(): set-up by three addresses.</summary>
    internal void SetRings(ulong desc, ulong avail, ulong used)
    {
        using var _ = world.Enter("virtio_queue_set_rings");
        if (Size == 0) return;
        Desc = desc;
        Avail = avail;
        Used = used;
        MapRings();
    }

    /// <summary>Changes the size, unless that would create or remove the queue (virtio_queue_set_num).</summary>
    internal void SetSize(int size)
    {
        if (size == 0 || Size == 0 || size > MaxSize) return;
        Size = size;
    }

    /// <summary>Makes kicks events; one is pending from the start (virtio_bus_set_host_notifier, true).</summary>
    internal void AssignHostNotifier()
    {
        HasHostNotifier = true;
        SignalHostNotifier();
    }

    /// <summary>Makes kicks calls again; a pending one stays for <see cref="ReadHostNotifier"/>.</summary>
    internal void RemoveHostNotifier() => HasHostNotifier = false;

    /// <summary>Makes completions events.</summary>
    internal void AssignGuestNotifier() => HasGuestNotifier = true;

    /// <summary>Delivers a pending completion and makes them calls again (virtio_queue_set_guest_notifier_fd_handler).</summary>
    internal void RemoveGuestNotifier()
    {
        HasGuestNotifier = false;
        ReadGuestNotifier();
    }

    /// <summary>Models virtio_queue_notify(): a kick: an event, or served at once.</summary>
    internal void Kick()
    {
        using var _ = world.Enter("virtio_queue_notify");
        if (Desc == 0 || device.IsBroken) return;
        if (HasHostNotifier) SignalHostNotifier();
        else if (Size != 0) device.HandleOutput(this);
    }

    /// <summary>Serves a kick that is pending (virtio_queue_host_notifier_read, virtio_queue_notify_vq).</summary>
    internal void ReadHostNotifier()
    {
        if (!kicked) return;
        kicked = false;
        Serve();
    }

    /// <summary>Models virtio_queue_notify_vq(): lets the device look at the queue.</summary>
    internal void Serve()
    {
        using var _ = world.Enter("virtio_queue_notify_vq");
        if (Desc == 0 || Size == 0 || device.IsBroken) return;
        device.HandleOutput(this);
    }

    /// <summary>Models virtio_notify() and virtio_notify_irqfd(): tells the guest about used buffers if it wants to know.</summary>
    internal void NotifyGuest()
    {
        using var _ = world.Enter(HasGuestNotifier ? "virtio_notify_irqfd" : "virtio_notify");
        if (!ShouldNotify()) return;
        if (!HasGuestNotifier)
        {
            device.NotifyVector(Vector);
            return;
        }
        completed = true;
        if (interruptServerQueued) return;
        interruptServerQueued = true;
        world.Scheduler.Spawn(ContextKind.Host, device.ContextName, serveInterrupt);
    }

    private void SignalHostNotifier()
    {
        kicked = true;
        if (device.SharesKickServer)
        {
            device.QueueKickServer();
            return;
        }
        if (kickServerQueued) return;
        kickServerQueued = true;
        world.Scheduler.Spawn(ContextKind.Host, device.ContextName, serveKick);
    }

    /// <summary>Models virtio_queue_host_notifier_read(): the event of a kick: serves the queue.</summary>
    private SimTask ServeKick()
    {
        using var _ = world.Enter("virtio_queue_host_notifier_read");
        kickServerQueued = false;
        ReadHostNotifier();
        return SimTask.Done;
    }

    /// <summary>Models virtio_queue_guest_notifier_read(): the event of an interrupt: notifies the guest.</summary>
    private SimTask ServeInterrupt()
    {
        if (device.Transport?.TakesAdapterSteps(Vector) == true) return InjectInSteps();
        using var _ = world.Enter("virtio_queue_guest_notifier_read");
        interruptServerQueued = false;
        ReadGuestNotifier();
        return SimTask.Done;
    }

    /// <summary>Models irqfd_inject() of KVM: a notification outside the big lock, where anything may come in between the steps.</summary>
    private async SimTask InjectInSteps()
    {
        using var _ = world.Enter("irqfd_inject");
        interruptServerQueued = false;
        while (completed || injecting)
        {
            if (!injecting)
            {
                completed = false;
                injecting = true;
                injectStep = 0;
            }
            InjectStep();
            await world.Scheduler.Point;
        }
    }

    private void InjectStep() => injecting = !device.IsBroken && device.Transport!.NotifyStep(Vector, injectStep++);

    private void ReadGuestNotifier()
    {
        // Taking an irqfd away waits for an injection under way (irqfd_shutdown).
        while (injecting) InjectStep();
        if (!completed) return;
        completed = false;
        device.NotifyVector(Vector);
    }
}
