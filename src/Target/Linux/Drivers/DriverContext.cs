using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Virtio;

namespace CcwFuzz.Target.Linux.Drivers;

/// <summary>What the drivers of the virtio bus of one guest share.</summary>
public sealed class DriverContext
{
    /// <summary>Sets up what is shared; no driver is registered yet.</summary>
    public DriverContext(VirtioCore virtio)
    {
        ArgumentNullException.ThrowIfNull(virtio);
        Virtio = virtio;
        Disks = new Genhd(virtio.Kernel, Nodes);
    }

    /// <summary>The guest.</summary>
    public GuestKernel Kernel => Virtio.Kernel;

    /// <summary>The virtio bus.</summary>
    public VirtioCore Virtio { get; }

    /// <summary>The nodes in /dev.</summary>
    public DeviceNodes Nodes { get; } = new();

    /// <summary>Disks, of virtio_blk and of SCSI.</summary>
    public Genhd Disks { get; }
}
