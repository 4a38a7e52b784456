using CcwFuzz.Target.Linux.Drivers.Balloon;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Drivers.Console;
using CcwFuzz.Target.Linux.Drivers.Net;
using CcwFuzz.Target.Linux.Drivers.Scsi;
using CcwFuzz.Target.Linux.Virtio;

namespace CcwFuzz.Target.Linux.Drivers;

/// <summary>The drivers of the virtio bus, and the layers above them; all are loaded from the start.</summary>
public sealed class VirtioDrivers
{
    /// <summary>Registers the drivers for random generators, disks, SCSI hosts, network devices, consoles and balloons.</summary>
    public VirtioDrivers(VirtioCore virtio)
    {
        ArgumentNullException.ThrowIfNull(virtio);
        var kernel = virtio.Kernel;
        Random = new HwRandom(kernel);
        Disks = new Genhd(kernel, Nodes);
        virtio.RegisterDriver(new VirtioRngDriver(kernel, virtio, Random, Nodes));
        virtio.RegisterDriver(new VirtioBlkDriver(kernel, virtio, Disks));
        Scsi = new ScsiMidlayer(kernel, Disks);
        virtio.RegisterDriver(new VirtioScsiDriver(kernel, virtio, Scsi, Disks.BlkMq));
        Net = new NetCore(kernel, Nodes);
        virtio.RegisterDriver(new VirtioNetDriver(kernel, virtio, Net));
        virtio.RegisterDriver(new VirtioBalloonDriver(kernel, virtio));
        virtio.RegisterDriver(new VirtioConsoleDriver(kernel, virtio, Nodes, new HvcConsole(kernel, Nodes)));
    }

    /// <summary>The nodes in /dev.</summary>
    public DeviceNodes Nodes { get; } = new();

    /// <summary>Random generators.</summary>
    public HwRandom Random { get; }

    /// <summary>Disks.</summary>
    public Genhd Disks { get; }

    /// <summary>The SCSI midlayer.</summary>
    public ScsiMidlayer Scsi { get; }

    /// <summary>Network devices.</summary>
    public NetCore Net { get; }
}
