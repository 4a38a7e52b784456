using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>A port of a virtio console device (struct port, drivers/char/virtio_console.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class Port(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct port";

    /// <summary>The device; NULL once the port was unplugged, while it is still open.</summary>
    internal Ptr<PortsDevice> Portdev { get; set; }

    /// <summary>Its number on the device.</summary>
    internal uint Id { get; init; }

    /// <summary>The buffer that readers get their bytes from.</summary>
    internal Ptr<PortBuffer> Inbuf { get; set; }

    /// <summary>Protects <see cref="Inbuf"/> and the queue behind it.</summary>
    internal SpinLock InbufLock { get; } = new(world, "port->inbuf_lock");

    /// <summary>Protects the queue to the host.</summary>
    internal SpinLock OutvqLock { get; } = new(world, "port->outvq_lock");

    /// <summary>The queue from the host.</summary>
    internal Ptr<Virtqueue> InVq { get; init; }

    /// <summary>The queue to the host.</summary>
    internal Ptr<Virtqueue> OutVq { get; init; }

    /// <summary>Its character device (cdev).</summary>
    internal Ptr<CharDevice> Cdev { get; set; }

    /// <summary>Its device below the virtio device (dev).</summary>
    internal Ptr<Device> Dev { get; set; }

    /// <summary>Its node in /dev.</summary>
    internal DeviceNodes.Node? Node { get; set; }

    /// <summary>Its console, if it is one (cons.hvc).</summary>
    internal Ptr<HvcStruct> Hvc { get; set; }

    /// <summary>Number of its console (cons.vtermno).</summary>
    internal uint Vtermno { get; set; }

    /// <summary>Users: the device's list, and the open file (kref).</summary>
    internal int RefCount { get; set; } = 1;

    /// <summary>Readers and writers that wait.</summary>
    internal WaitQueue Waiting { get; } = new(world, "for the port's other end");

    /// <summary>Interrupt handlers that found it (remedy PortHandlers).</summary>
    internal int Handlers { get; set; }

    /// <summary>Who unplugs it waits for them.</summary>
    internal WaitQueue NoHandler { get; } = new(world, "for interrupt handlers to leave the port");

    /// <summary>The queue to the host had no room (outvq_full).</summary>
    internal bool IsOutvqFull { get; set; }

    /// <summary>Somebody is at the other end.</summary>
    internal bool HostConnected { get; set; }

    /// <summary>It is open, or a console (guest_connected).</summary>
    internal bool GuestConnected { get; set; }
}

/// <summary>A character device (struct cdev, fs/char_dev.c).</summary>
/// <param name="major">Major number.</param>
/// <param name="minor">Minor number.</param>
public sealed class CharDevice(int major, uint minor) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct cdev";

    /// <summary>Its device number (dev).</summary>
    internal (int Major, uint Minor) Number => (major, minor);

    /// <summary>Users: its owner, and open files.</summary>
    internal int RefCount { get; set; } = 1;
}

/// <summary>A device that only shows in sysfs (device_create, drivers/base/core.c).</summary>
/// <param name="kernel">The guest.</param>
public sealed class ClassDevice(GuestKernel kernel) : Device(kernel.World)
{
    /// <inheritdoc/>
    public override string TypeName => "struct device";

    /// <summary>The structure itself.</summary>
    internal Ptr<ClassDevice> Self { get; set; }

    /// <summary>Models device_create_release() within its caller.</summary>
    public override SimTask Release()
    {
        kernel.Heap.Free(Self);
        return SimTask.Done;
    }
}
