using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>The SCSI bus (scsi_bus_type, drivers/scsi/scsi_sysfs.c): hosts, targets and devices; sd drives the last.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="disks">The disk driver.</param>
public sealed class ScsiBus(GuestKernel kernel, SdDriver disks) : BusType("scsi")
{
    /// <summary>Models scsi_bus_match() within its caller, as the asynchronous probe of sd sees it: not before that probe runs.</summary>
    public override bool Match(Ptr<Device> device, DeviceDriver driver) => device.Read() is ScsiDevice { MayProbe: true };

    /// <summary>The driver's probe.</summary>
    public override SimTask<int> Probe(Ptr<Device> device) => disks.Probe(device.As<ScsiDevice>());

    /// <summary>Models scsi_bus_remove().</summary>
    public override async SimTask Remove(Ptr<Device> device)
    {
        using var frame = kernel.Enter("scsi_bus_remove");
        await disks.Remove(device.As<ScsiDevice>());
    }

    /// <summary>Models sd_shutdown() as the driver's callback, within its caller.</summary>
    public override SimTask Shutdown(Ptr<Device> device) =>
        device.Read().Driver is null ? SimTask.Done : disks.Shutdown(device.As<ScsiDevice>());
}
