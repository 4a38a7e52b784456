using System.Buffers.Binary;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>Commands to the disk; those that only tune limits are left out.</content>
public sealed partial class SdDriver
{
    private const int Timeout = 30_000;
    private const int MaxRetries = 5;
    private const uint BufferSize = 512;

    /// <summary>Models sd_init_command() for reads and writes of less than 2 TiB.</summary>
    internal void InitCommand(Ptr<ScsiCommand> command)
    {
        using var frame = kernel.Enter("sd_init_command");
        var target = command.Write();
        Array.Clear(target.Cdb);
        target.Cdb[0] = target.Op == RequestOp.Write ? Sc.Write10 : Sc.Read10;
        BinaryPrimitives.WriteUInt32BigEndian(target.Cdb.AsSpan(2), (uint)target.Sector);
        BinaryPrimitives.WriteUInt16BigEndian(target.Cdb.AsSpan(7), (ushort)(target.Length / Gendisk.SectorSize));
        (target.IsPassthrough, target.Allowed, target.Timeout) = (false, MaxRetries, Timeout);
    }

    /// <summary>Models sd_revalidate_disk(): is it ready, how large is it, does it have a write cache.</summary>
    private async SimTask Revalidate(Ptr<ScsiDisk> disk)
    {
        using var frame = kernel.Enter("sd_revalidate_disk");
        var device = disk.Read().Device;
        if (!device.Read().IsOnline) return;
        var buffer = kernel.Faults.Fails(AllocationKind.Heap) ? 0 : kernel.Memory.Allocate(BufferSize, "buffer of sd", GuestMemory.Granule);
        if (buffer == 0) return;
        await SpinUp(device);
        var capacity = await ReadCapacity(device, buffer);
        await ReadCacheType(disk, buffer);
        disk.Read().Disk.Write().Capacity = capacity;
        kernel.Memory.Free(buffer);
    }

    /// <summary>Models sd_spinup_disk() of a device that needs no spinning up.</summary>
    private async SimTask SpinUp(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("sd_spinup_disk");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var outcome = await scsi.Execute(device, new byte[6], 0, 0, Timeout, MaxRetries);
            if (outcome.Result == 0) return;
        }
    }

    /// <summary>Models sd_read_capacity(): the long command first, as for any recent device.</summary>
    /// <returns>Sectors of 512 bytes; 0 if the device did not tell.</returns>
    private async SimTask<ulong> ReadCapacity(Ptr<ScsiDevice> device, uint buffer)
    {
        using var frame = kernel.Enter("sd_read_capacity");
        byte[] longForm = [Sc.ServiceActionIn16, Sc.ReadCapacity16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0];
        var outcome = await ExecuteSteadily(device, longForm, buffer, 32);
        if (outcome.Result == 0)
            return (kernel.Memory.Read64(buffer) + 1) * (kernel.Memory.Read32(buffer + 8) / Gendisk.SectorSize);
        if (outcome.Result < 0 || outcome.SenseKey != Sc.IllegalRequest) return 0;
        outcome = await ExecuteSteadily(device, [Sc.ReadCapacity, 0, 0, 0, 0, 0, 0, 0, 0, 0], buffer, 8);
        if (outcome.Result != 0) return 0;
        return (kernel.Memory.Read32(buffer) + 1UL) * (kernel.Memory.Read32(buffer + 4) / Gendisk.SectorSize);
    }

    /// <summary>Models sd_read_cache_type(): the caching mode page.</summary>
    private async SimTask ReadCacheType(Ptr<ScsiDisk> disk, uint buffer)
    {
        using var frame = kernel.Enter("sd_read_cache_type");
        const byte Length = 192;
        const byte CachingPage = 8;
        byte[] command = [Sc.ModeSense, 0, CachingPage, 0, Length, 0];
        kernel.Memory.Guest(buffer, Length).Clear();
        var outcome = await ExecuteSteadily(disk.Read().Device, command, buffer, Length);
        if (outcome.Result != 0) return;
        var page = buffer + 4u + kernel.Memory.Read8(buffer + 3);
        if (page + 3 < buffer + Length && (kernel.Memory.Read8(page) & 0x3f) == CachingPage)
            disk.Write().WriteCache = (kernel.Memory.Read8(page + 2) & 4) != 0;
    }

    /// <summary>Models sd_shutdown() with sd_sync_cache(): what the disk keeps in its cache is written.</summary>
    internal async SimTask Shutdown(Ptr<ScsiDevice> device)
    {
        using var frame = kernel.Enter("sd_shutdown");
        var disk = device.Read().DriverData.As<ScsiDisk>();
        if (disk.IsNull || !disk.Read().WriteCache) return;
        using var sync = kernel.Enter("sd_sync_cache");
        if (!device.Read().IsOnline) return;
        byte[] command = [Sc.SynchronizeCache, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var outcome = await scsi.Execute(device, command, 0, 0, 2 * Timeout, MaxRetries, pm: true);
            if (outcome.Result == 0) return;
        }
    }

    /// <summary>A command that is tried again after a unit attention.</summary>
    private async SimTask<ScsiOutcome> ExecuteSteadily(Ptr<ScsiDevice> device, byte[] command, uint buffer, uint length)
    {
        ScsiOutcome outcome = default;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            outcome = await scsi.Execute(device, command, buffer, length, Timeout, MaxRetries);
            if (!outcome.IsUnitAttention) break;
        }
        return outcome;
    }
}
