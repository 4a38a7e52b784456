using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>One virtio console device with its ports (struct ports_device, drivers/char/virtio_console.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class PortsDevice(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct ports_device";

    /// <summary>Protects <see cref="Ports"/>.</summary>
    internal SpinLock PortsLock { get; } = new(world, "portdev->ports_lock");

    /// <summary>Its ports, in the order they were added.</summary>
    internal List<Ptr<Port>> Ports { get; } = [];

    /// <summary>Protects the control queue from the host (c_ivq_lock).</summary>
    internal SpinLock ControlInLock { get; } = new(world, "portdev->c_ivq_lock", irqsStayOn: true);

    /// <summary>Protects the control queue to the host, and <see cref="ControlPacket"/> (c_ovq_lock).</summary>
    internal SpinLock ControlOutLock { get; } = new(world, "portdev->c_ovq_lock", irqsStayOn: true);

    /// <summary>The device, unreferenced.</summary>
    internal Ptr<VirtioDevice> Vdev { get; init; }

    /// <summary>The most ports that the host can add (max_nr_ports).</summary>
    internal uint MaxPorts { get; set; } = 1;

    /// <summary>The control queue from the host (c_ivq).</summary>
    internal Ptr<Virtqueue> ControlIn { get; set; }

    /// <summary>The control queue to the host (c_ovq).</summary>
    internal Ptr<Virtqueue> ControlOut { get; set; }

    /// <summary>Guest address of the only message to the host, inside the structure (cpkt).</summary>
    internal uint ControlPacket { get; set; }

    /// <summary>Queues from the host, by number of the port (in_vqs).</summary>
    internal Ptr<VirtqueueArray> InVqs { get; set; }

    /// <summary>Queues to the host, by number of the port (out_vqs).</summary>
    internal Ptr<VirtqueueArray> OutVqs { get; set; }

    /// <summary>Handles messages from the host (control_work).</summary>
    internal SystemWork ControlWork { get; set; } = null!;

    /// <summary>Reads the size of the console, for hosts without control queues (config_work).</summary>
    internal SystemWork ConfigWork { get; set; } = null!;

    /// <summary>The major number of its nodes (chr_major).</summary>
    internal int Major { get; set; }
}

/// <summary>Pointers to queues, an allocation of their own.</summary>
/// <param name="count">How many.</param>
public sealed class VirtqueueArray(uint count) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtqueue *[]";

    /// <summary>The pointers.</summary>
    internal Ptr<Virtqueue>[] Vq { get; } = new Ptr<Virtqueue>[count];
}
