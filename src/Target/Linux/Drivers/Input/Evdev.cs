using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>A node for the events of a device (struct evdev, drivers/input/evdev.c), with its handle and its character device.</summary>
/// <param name="kernel">The guest.</param>
public sealed class Evdev(GuestKernel kernel) : Device(kernel.World)
{
    /// <inheritdoc/>
    public override string TypeName => "struct evdev";

    /// <summary>The structure itself.</summary>
    internal Ptr<Evdev> Self { get; set; }

    /// <summary>Processes that have it open (open).</summary>
    internal int Open { get; set; }

    /// <summary>The device, referenced (handle.dev).</summary>
    internal Ptr<InputDev> Dev { get; set; }

    /// <summary>Whether events come through the handle (handle.open).</summary>
    internal int HandleOpen { get; set; }

    /// <summary>Those processes (client_list).</summary>
    internal List<Ptr<EvdevClient>> Clients { get; } = [];

    /// <summary>Protects <see cref="Clients"/> (client_lock).</summary>
    internal SpinLock ClientLock { get; } = new(kernel.World, "evdev->client_lock", irqsStayOn: true);

    /// <summary>Keeps calls of processes and the end of the device apart (mutex).</summary>
    internal Mutex Mutex { get; } = new(kernel.World, "evdev->mutex");

    /// <summary>The device is there (exist).</summary>
    internal bool Exist { get; set; }

    /// <summary>Number of the node.</summary>
    internal int Minor { get; init; }

    /// <summary>References to the character device inside: its registration, and open files (cdev.kobj).</summary>
    internal int CdevReferences { get; set; }

    /// <summary>Its node in /dev.</summary>
    internal DeviceNodes.Node? Node { get; set; }

    /// <summary>Models evdev_free().</summary>
    public override async SimTask Release()
    {
        using var frame = kernel.Enter("evdev_free");
        await kernel.Core.Put(Self.Read().Dev.As<Device>());
        kernel.Heap.Free(Self);
    }
}

/// <summary>A process that has the node open (struct evdev_client), with the events that it did not read yet.</summary>
/// <param name="world">Where it lives.</param>
public sealed class EvdevClient(World world) : HeapObject
{
    /// <summary>Events that it can keep, less one; what comes beyond is dropped with all that is older (bufsize).</summary>
    internal const int BufferSize = 64;

    /// <inheritdoc/>
    public override string TypeName => "struct evdev_client";

    /// <summary>The node (evdev).</summary>
    internal Ptr<Evdev> Evdev { get; init; }

    /// <summary>The process waits for events (wait).</summary>
    internal WaitQueue Wait { get; } = new(world, "for events of the input device (client->wait)");

    /// <summary>Protects the events (buffer_lock).</summary>
    internal SpinLock BufferLock { get; } = new(world, "client->buffer_lock");

    /// <summary>The events (buffer).</summary>
    internal InputValue[] Buffer { get; } = new InputValue[BufferSize];

    /// <summary>Where the next event goes (head).</summary>
    internal int Head { get; set; }

    /// <summary>The oldest event that was not read (tail).</summary>
    internal int Tail { get; set; }

    /// <summary>Behind the last report that is complete: only so far may be read (packet_head).</summary>
    internal int PacketHead { get; set; }
}
