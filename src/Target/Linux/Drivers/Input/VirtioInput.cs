using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>One virtio input device (struct virtio_input, drivers/virtio/virtio_input.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class VirtioInput(World world) : HeapObject
{
    /// <summary>Buffers for events inside the structure (evts).</summary>
    internal const int EventCount = 64;

    /// <summary>Bytes of such a buffer (struct virtio_input_event).</summary>
    internal const uint EventSize = 8;

    /// <inheritdoc/>
    public override string TypeName => "struct virtio_input";

    /// <summary>The device (vdev).</summary>
    internal Ptr<VirtioDevice> Vdev { get; set; }

    /// <summary>What processes see of it (idev).</summary>
    internal Ptr<InputDev> Idev { get; set; }

    /// <summary>Its name, as the host calls it.</summary>
    internal byte[] Name { get; } = new byte[64];

    /// <summary>Its serial number, which QEMU does not give it.</summary>
    internal byte[] Serial { get; } = new byte[64];

    /// <summary>Events from the host (evt).</summary>
    internal Ptr<Virtqueue> Evt { get; set; }

    /// <summary>Lights, to the host (sts).</summary>
    internal Ptr<Virtqueue> Sts { get; set; }

    /// <summary>Guest address of the buffers (evts).</summary>
    internal uint Evts { get; set; }

    /// <summary>Protects both queues, and <see cref="Ready"/> (lock).</summary>
    internal SpinLock Lock { get; } = new(world, "vi->lock");

    /// <summary>The queues may be used (ready).</summary>
    internal bool Ready { get; set; }
}

/// <summary>A light that the host has not taken notice of yet (struct virtio_input_event, from kzalloc).</summary>
public sealed class StatusBuffer : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtio_input_event";

    /// <summary>Guest address of it.</summary>
    internal uint Bytes { get; set; }
}

/// <summary>Numbers of the input device (include/uapi/linux/virtio_input.h).</summary>
internal static class VirtioInputAbi
{
    internal const uint DeviceId = 18;

    internal const byte IdName = 0x01;
    internal const byte IdSerial = 0x02;
    internal const byte IdDevids = 0x03;
    internal const byte PropBits = 0x10;
    internal const byte EvBits = 0x11;

    internal const uint SelectOffset = 0;
    internal const uint SubselOffset = 1;
    internal const uint SizeOffset = 2;
    internal const uint DataOffset = 8;

    internal const int DevidsSize = 8;
}
