using System.Buffers.Binary;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>Finding devices (drivers/scsi/scsi_scan.c), synchronously, without the vital product data pages.</content>
public sealed partial class ScsiMidlayer
{
    private const int InquirySize = 256;
    private const int ReportLunsSize = 4096;
    private const int InquiryTimeout = 20_500;
    private const int ReportLunsTimeout = 30_000;

    // The host announces 256 targets and has one: asking the others as well costs time and finds nothing.
    private const uint ScannedTargets = 4;

    private enum ScanResult
    {
        NoResponse,
        TargetPresent,
        LunPresent,
    }

    /// <summary>Models scsi_scan_host_selected() with scsi_scan_host().</summary>
    public async SimTask ScanHost(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("scsi_scan_host_selected");
        await host.Read().ScanMutex.Lock();
        if (host.Read().MayScan)
            for (uint id = 0; id < Math.Min(host.Read().MaxId, ScannedTargets); id++)
                await ScanTargetLocked(host, id);
        host.Read().ScanMutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models scsi_scan_target() of all logical units.</summary>
    public async SimTask ScanTarget(Ptr<ScsiHost> host, uint id)
    {
        using var frame = kernel.Enter("scsi_scan_target");
        await host.Read().ScanMutex.Lock();
        if (host.Read().MayScan) await ScanTargetLocked(host, id);
        host.Read().ScanMutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models scsi_add_device().</summary>
    public async SimTask AddDevice(Ptr<ScsiHost> host, uint id, ulong lun)
    {
        using var frame = kernel.Enter("scsi_add_device");
        var target = await AllocateTarget(host, id);
        if (target.IsNull) return;
        await host.Read().ScanMutex.Lock();
        if (host.Read().MayScan) await ProbeAndAdd(target, lun);
        host.Read().ScanMutex.Unlock();
        await kernel.Point;
        await ReapTarget(target);
        await kernel.Core.Put(target.As<Device>());
    }

    /// <summary>Models __scsi_scan_target(): logical unit 0 first, then what REPORT LUNS says.</summary>
    private async SimTask ScanTargetLocked(Ptr<ScsiHost> host, uint id)
    {
        using var frame = kernel.Enter("__scsi_scan_target");
        var target = await AllocateTarget(host, id);
        if (target.IsNull) return;
        if (await ProbeAndAdd(target, 0) != ScanResult.NoResponse && !await ReportLunScan(target)) await SequentialScan(target);
        await ReapTarget(target);
        await kernel.Core.Put(target.As<Device>());
    }

    /// <summary>Models scsi_probe_and_add_lun().</summary>
    private async SimTask<ScanResult> ProbeAndAdd(Ptr<ScsiTarget> target, ulong lun)
    {
        using var frame = kernel.Enter("scsi_probe_and_add_lun");
        var device = await Lookup(target.Read().Host, target.Read().Id, lun);
        if (!device.IsNull)
        {
            var created = device.Read().State == ScsiDeviceState.Created;
            await PutDevice(device);
            if (!created) return ScanResult.LunPresent;
        }
        else
        {
            device = await AllocateDevice(target, lun);
            if (device.IsNull) return ScanResult.NoResponse;
        }
        var result = ScanResult.NoResponse;
        var buffer = kernel.Memory.Allocate(InquirySize, "INQUIRY data", GuestMemory.Granule);
        if (buffer != 0)
        {
            if (await ProbeLun(device, buffer)) result = await AddLun(device, buffer);
            kernel.Memory.Free(buffer);
        }
        if (result != ScanResult.LunPresent) await RemoveDeviceLocked(device);
        return result;
    }

    /// <summary>Models scsi_probe_lun(): INQUIRY, and once more if there is more to know.</summary>
    private async SimTask<bool> ProbeLun(Ptr<ScsiDevice> device, uint buffer)
    {
        using var frame = kernel.Enter("scsi_probe_lun");
        byte length = 36;
        while (true)
        {
            ScsiOutcome outcome = default;
            for (var attempt = 0; attempt < 3; attempt++)
            {
                kernel.Memory.Guest(buffer, length).Clear();
                byte[] command = [Sc.Inquiry, 0, 0, 0, length, 0];
                outcome = await Execute(device, command, buffer, length, InquiryTimeout, retries: 3);
                if (outcome.IsUnitAttention) continue;
                if (outcome.Result == 0 && outcome.Residual == length) continue;
                break;
            }
            if (outcome.Result != 0) return false;
            var response = kernel.Memory.Read8(buffer + 4) + 5;
            if (length > 36 || response <= 36 || response > 255) break;
            length = (byte)response;
        }
        var level = kernel.Memory.Read8(buffer + 2) & 7;
        device.Read().Target.Write().Level = level >= 2 ? level + 1 : level;
        return true;
    }

    /// <summary>Models scsi_add_lun() with the judgement of scsi_probe_and_add_lun().</summary>
    private async SimTask<ScanResult> AddLun(Ptr<ScsiDevice> device, uint buffer)
    {
        using var frame = kernel.Enter("scsi_add_lun");
        var first = kernel.Memory.Read8(buffer);
        if (first >> 5 == 3 || (first >> 5 == 1 && (first & 0x1f) == 0x1f)) return ScanResult.TargetPresent;
        if (kernel.Faults.Fails(AllocationKind.Heap)) return ScanResult.NoResponse; // kmemdup of the INQUIRY data
        device.Write().Type = first & 0x1f;
        await device.Read().StateMutex.Lock();
        var legal = device.Write().SetState(ScsiDeviceState.Running);
        device.Read().StateMutex.Unlock();
        await kernel.Point;
        if (!legal) return ScanResult.NoResponse;
        return await ShowDevice(device) == 0 ? ScanResult.LunPresent : ScanResult.NoResponse;
    }

    /// <summary>Models scsi_report_lun_scan().</summary>
    /// <returns>False if the target does not know the command.</returns>
    private async SimTask<bool> ReportLunScan(Ptr<ScsiTarget> target)
    {
        using var frame = kernel.Enter("scsi_report_lun_scan");
        if (target.Read().Level < Sc.LevelScsi3) return false;
        var device = await Lookup(target.Read().Host, target.Read().Id, 0);
        if (device.IsNull)
        {
            device = await AllocateDevice(target, 0);
            if (device.IsNull) return true;
            GetDevice(device);
        }
        var supported = true;
        var buffer = kernel.Memory.Allocate(ReportLunsSize, "REPORT LUNS data", GuestMemory.Granule);
        if (buffer != 0)
        {
            supported = await ReportLuns(device, buffer);
            if (supported) await AddReported(target, buffer);
            kernel.Memory.Free(buffer);
        }
        if (device.Read().State == ScsiDeviceState.Created) await RemoveDeviceLocked(device);
        await PutDevice(device);
        return supported;
    }

    private async SimTask<bool> ReportLuns(Ptr<ScsiDevice> device, uint buffer)
    {
        byte[] command = [Sc.ReportLuns, 0, 0, 0, 0, 0, 0, 0, ReportLunsSize >> 8, 0, 0, 0];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var outcome = await Execute(device, command, buffer, ReportLunsSize, ReportLunsTimeout, retries: 3);
            if (outcome.Result == 0) return true;
            if (outcome.SenseKey >= 0 && outcome.SenseKey != Sc.UnitAttention) return false;
        }
        return false;
    }

    private async SimTask AddReported(Ptr<ScsiTarget> target, uint buffer)
    {
        var count = Math.Min(kernel.Memory.Read32(buffer) / 8, (ReportLunsSize / 8) - 1);
        for (uint i = 1; i <= count; i++)
        {
            var lun = BinaryPrimitives.ReadUInt16BigEndian(kernel.Memory.Guest(buffer + (8 * i), 2));
            if (await ProbeAndAdd(target, lun) == ScanResult.NoResponse) return;
        }
    }

    /// <summary>Models scsi_sequential_lun_scan().</summary>
    private async SimTask SequentialScan(Ptr<ScsiTarget> target)
    {
        using var frame = kernel.Enter("scsi_sequential_lun_scan");
        var end = target.Read().Level < Sc.LevelScsi3 ? 8u : 256u;
        for (var lun = 1u; lun < end; lun++)
            if (await ProbeAndAdd(target, lun) != ScanResult.LunPresent) return;
    }
}
