using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>A SCSI disk (struct scsi_disk, drivers/scsi/sd.h); as a device it is its disk_dev.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="driver">The disk driver.</param>
public sealed class ScsiDisk(World world, SdDriver driver) : Device(world)
{
    /// <inheritdoc/>
    public override string TypeName => "struct scsi_disk";

    /// <summary>The SCSI device, pinned until the release.</summary>
    internal Ptr<ScsiDevice> Device { get; set; }

    /// <summary>The disk.</summary>
    internal Ptr<Gendisk> Disk { get; set; }

    /// <summary>Its number; the letter of sda.</summary>
    internal int Index { get; set; }

    /// <summary>The device has a write cache, which is flushed before it goes (WCE).</summary>
    internal bool WriteCache { get; set; }

    /// <summary>The pointer to it.</summary>
    internal Ptr<ScsiDisk> Self { get; set; }

    /// <inheritdoc/>
    public override SimTask Release() => driver.ReleaseDisk(Self);
}
