using System.Buffers.Binary;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>The driver for SCSI disks (drivers/scsi/sd.c): binding, unbinding, opening.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="scsi">The midlayer.</param>
/// <param name="genhd">The disks.</param>
public sealed partial class SdDriver(GuestKernel kernel, ScsiMidlayer scsi, Genhd genhd) : DeviceDriver("sd"), IBlockDeviceOperations
{
    private readonly Ida indices = new(kernel.World, "sd_index_ida");

    /// <summary>Models sd_probe().</summary>
    internal async SimTask<int> Probe(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("sd_probe");
        if (device.Read().Type != 0) return -Errno.ENODEV;
        var disk = kernel.Allocate(new ScsiDisk(kernel.World, this) { Device = device });
        if (disk.IsNull) return -Errno.ENOMEM;
        var index = indices.Allocate();
        var busId = device.Read().Host.Read().BusId;
        var gendisk = genhd.AllocateDisk(device.Read().Queue, this, VirtioBlkDriver.DiskName("sd", index), busId);
        if (gendisk.IsNull)
        {
            indices.Free(index);
            kernel.Heap.Free(disk);
            return -Errno.ENOMEM;
        }
        var target = disk.Write();
        (target.Self, target.Disk, target.Index, target.Name) = (disk, gendisk, index, device.Read().Name);
        kernel.Core.Initialize(disk.As<Device>());
        target.Parent = device.As<Device>();
        kernel.Core.Get(device.As<Device>());
        await kernel.Core.Add(disk.As<Device>());
        device.Write().DriverData = disk.As<HeapObject>();
        gendisk.Write().PrivateData = disk.As<HeapObject>();
        await Revalidate(disk);
        await kernel.Point;
        var result = await genhd.AddDisk(device.As<Device>(), gendisk);
        if (result == 0) return 0;
        await kernel.Core.Unregister(disk.As<Device>());
        await genhd.Put(gendisk);
        return result;
    }

    /// <summary>Models sd_remove(): flushes the device's cache, when all other requests have ended.</summary>
    internal async SimTask Remove(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("sd_remove");
        var disk = device.Read().DriverData.As<ScsiDisk>();
        await kernel.Core.Delete(disk.As<Device>());
        await genhd.DeleteDisk(disk.Read().Disk);
        await Shutdown(device);
        await genhd.Put(disk.Read().Disk);
    }

    /// <summary>Models scsi_disk_release().</summary>
    internal async SimTask ReleaseDisk(Ptr<ScsiDisk> disk)
    {
        using var frame = kernel.Enter("scsi_disk_release");
        indices.Free(disk.Read().Index);
        await kernel.Core.Put(disk.Read().Device.As<Device>());
        kernel.Heap.Free(disk);
    }

    /// <summary>Models sd_open(): an open disk pins its SCSI device, and through it the host and the virtio device.</summary>
    public async SimTask<int> Open(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("sd_open");
        var device = disk.Read().PrivateData.As<ScsiDisk>().Read().Device;
        if (!scsi.GetDevice(device)) return -Errno.ENXIO;
        if (await scsi.BlockWhenProcessingErrors(device) && device.Read().IsOnline) return 0;
        await scsi.PutDevice(device);
        return -Errno.ENXIO;
    }

    /// <summary>Models sd_release().</summary>
    public async SimTask Release(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("sd_release");
        await scsi.PutDevice(disk.Read().PrivateData.As<ScsiDisk>().Read().Device);
    }

    /// <summary>Models sd_getgeo() within its caller: computed, without asking the device.</summary>
    public SimTask GetGeometry(Ptr<Gendisk> disk) => SimTask.Done;

    /// <summary>Models scsi_disk_free_disk().</summary>
    public SimTask FreeDisk(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("scsi_disk_free_disk");
        return kernel.Core.Put(disk.Read().PrivateData.As<Device>());
    }
}
