using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>A driver for a type of virtio device (struct virtio_driver, include/linux/virtio.h).</summary>
/// <param name="name">Name in sysfs, e.g. "virtio_blk".</param>
/// <param name="deviceId">The type of device that it drives, from any vendor (id_table).</param>
public abstract class VirtioDriver(string name, uint deviceId) : DeviceDriver(name)
{
    /// <summary>The type of device that it drives.</summary>
    public uint DeviceId => deviceId;

    /// <summary>Feature bits that it knows, the same for legacy devices (feature_table).</summary>
    public virtual ulong KnownFeatures => 0;

    /// <summary>Gives up features that do not go together; if it does, they are written again (validate).</summary>
    /// <returns>0 or a negative errno.</returns>
    public virtual int Validate(Ptr<VirtioDevice> vdev) => 0;

    /// <summary>Sets the device up: finds its queues and registers with the upper layer (probe).</summary>
    /// <returns>0 or a negative errno.</returns>
    public abstract SimTask<int> Probe(Ptr<VirtioDevice> vdev);

    /// <summary>Called after a probe that succeeded, when the device is ready (scan).</summary>
    public virtual SimTask Scan(Ptr<VirtioDevice> vdev) => SimTask.Done;

    /// <summary>Undoes <see cref="Probe"/>; afterwards the device is reset and has no queues (remove).</summary>
    public abstract SimTask Remove(Ptr<VirtioDevice> vdev);

    /// <summary>Whether it does something when the configuration changes; not if config_changed is NULL in the kernel.</summary>
    public virtual bool ActsOnConfigChange => false;

    /// <summary>The configuration changed; called with config_lock held, so it cannot sleep (config_changed).</summary>
    public virtual SimTask ConfigChanged(Ptr<VirtioDevice> vdev) => SimTask.Done;
}
