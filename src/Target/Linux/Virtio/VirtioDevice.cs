using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>What a driver matches (struct virtio_device_id).</summary>
/// <param name="Device">Type of the device, e.g. 2 for a disk.</param>
/// <param name="Vendor">Who made it; on s390 the control unit type.</param>
public readonly record struct VirtioDeviceId(uint Device, uint Vendor);

/// <summary>How far the driver of a virtio device is.</summary>
internal enum DriverLife
{
    /// <summary>No driver, or none any more.</summary>
    None,
    /// <summary>In its probe.</summary>
    Probing,
    /// <summary>Between probe and remove.</summary>
    Bound,
    /// <summary>In its remove.</summary>
    Removing,
}

/// <summary>A virtio device (struct virtio_device, include/linux/virtio.h).</summary>
/// <remarks>The transport derives its own structure from it and implements the release callback.</remarks>
/// <param name="world">Where it lives.</param>
public abstract class VirtioDevice(World world) : Device(world)
{
    /// <summary>Unique number among the devices that are registered; the N of virtioN.</summary>
    public int Index { get; internal set; }

    /// <summary>How far its driver is; for observers.</summary>
    internal DriverLife DriverLife { get; set; }

    /// <summary>Changes of the configuration are delivered to the driver (config_enabled).</summary>
    public bool ConfigEnabled { get; internal set; }

    /// <summary>A change came while they were not delivered (config_change_pending).</summary>
    public bool ConfigChangePending { get; internal set; }

    /// <summary>Between virtio_device_ready() and the next reset, when callbacks may come (remedy LostBuffers asks).</summary>
    internal bool AllowsCallbacks { get; set; }

    /// <summary>The device is gone for good, under <see cref="VqsListLock"/> (remedy LostBuffers).</summary>
    internal bool IsLost { get; set; }

    /// <summary>virtio_device_ready() was called since the driver was bound.</summary>
    public bool IsReady { get; internal set; }

    /// <summary>Serialises the delivery of configuration changes; taken in interrupt handlers too (config_lock).</summary>
    public SpinLock ConfigLock { get; } = new(world, "vdev->config_lock");

    /// <summary>Protects <see cref="Vqs"/> (vqs_list_lock).</summary>
    public SpinLock VqsListLock { get; } = new(world, "vdev->vqs_list_lock");

    /// <summary>What it is; set by the transport before registration.</summary>
    public VirtioDeviceId Id { get; set; }

    /// <summary>The transport's operations; set by the transport before registration.</summary>
    public IVirtioConfigOps Config { get; set; } = null!;

    /// <summary>Its virtqueues in the order they were created (vqs).</summary>
    internal List<Ptr<Virtqueue>> Vqs { get; } = [];

    /// <summary>The features that both sides agreed on; bit numbers as in <see cref="VirtioFeature"/>.</summary>
    public ulong Features { get; set; }

    /// <summary>The driver's own structure (priv).</summary>
    public Ptr<HeapObject> Private { get; set; }

    /// <summary>Whether the device's fields are little-endian (virtio_is_little_endian); legacy ones are the guest's, big-endian.</summary>
    public bool IsLittleEndian => HasFeature(VirtioFeature.Version1);

    /// <summary>Whether a feature was agreed on (virtio_has_feature).</summary>
    public bool HasFeature(int bit) => (Features >> bit & 1) != 0;
}
