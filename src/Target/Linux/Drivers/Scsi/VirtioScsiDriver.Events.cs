using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Scsi.VirtioScsiAbi;
using Sc = CcwFuzz.Target.Linux.Drivers.Scsi.ScsiConstants;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <content>Events: the host plugs and unplugs disks behind the SCSI host.</content>
public sealed partial class VirtioScsiDriver
{
    private const int InquiryTimeout = 30_000;
    private const int InquiryRetries = 5;
    private const byte InquiryLength = 36;

    /// <summary>Models virtscsi_kick_event_all().</summary>
    private async SimTask KickAllEvents(Ptr<VirtioScsi> vscsi)
    {
        using var frame = kernel.Enter("virtscsi_kick_event_all");
        foreach (var node in vscsi.Read().EventList) await KickEvent(vscsi, node);
    }

    /// <summary>Models virtscsi_kick_event(): gives a buffer to the host.</summary>
    private async SimTask KickEvent(Ptr<VirtioScsi> vscsi, Ptr<VirtioScsiEvent> node)
    {
        using var frame = kernel.Enter("virtscsi_kick_event");
        var queue = vscsi.Read().Events;
        await queue.Lock.LockIrqSave();
        var buffer = new Scatterlist(node.Read().Event, VirtioScsiEvent.Size);
        if (virtio.Ring.AddInbuf(queue.Vq, buffer, node.As<HeapObject>()) == 0) virtio.Ring.Kick(queue.Vq);
        await queue.Lock.UnlockIrqRestore();
    }

    /// <summary>Models virtscsi_cancel_event_work().</summary>
    private async SimTask CancelEventWork(Ptr<VirtioScsi> vscsi)
    {
        using var frame = kernel.Enter("virtscsi_cancel_event_work");
        var gate = vscsi.Read().Events.Lock;
        await gate.LockIrqSave();
        vscsi.Write().StopEvents = true;
        await gate.UnlockIrqRestore();
        foreach (var node in vscsi.Read().EventList) await node.Read().Work.CancelSync();
    }

    /// <summary>Models virtscsi_event_done(): called from the interrupt handler.</summary>
    private async SimTask EventDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtscsi_event_done");
        var vscsi = Private(vq.Read().Vdev.Read().Private.As<ScsiHost>());
        var queue = vscsi.Read().Events;
        await queue.Lock.LockIrqSave();
        do
        {
            virtio.Ring.DisableCb(queue.Vq);
            for (var data = Next(); !data.IsNull; data = Next())
                if (!vscsi.Read().StopEvents) data.As<VirtioScsiEvent>().Read().Work.Schedule();
            if (virtio.Ring.IsBroken(queue.Vq)) break;
        }
        while (!virtio.Ring.EnableCb(queue.Vq));
        await queue.Lock.UnlockIrqRestore();

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(queue.Vq, out _);
    }

    /// <summary>Models virtscsi_handle_event(); a change of parameters only gives the buffer back.</summary>
    private async SimTask HandleEvent(Ptr<VirtioScsi> vscsi, Ptr<VirtioScsiEvent> node)
    {
        var little = vscsi.Read().Vdev.Read().IsLittleEndian;
        var host = vscsi.Read().Vdev.Read().Private.As<ScsiHost>();
        var what = ByteOrder.Read32(kernel.Memory, node.Read().Event, little);
        if ((what & Abi.EventsMissed) != 0)
        {
            what &= ~Abi.EventsMissed;
            await RescanHotUnplug(host);
            await scsi.ScanHost(host);
        }
        if (what == Abi.TransportReset) await HandleTransportReset(host, node, little);
        else if (what is not (Abi.NoEvent or Abi.ParamChange)) kernel.Log($"Unsupported virtio scsi event {what:x}");
        await KickEvent(vscsi, node);
    }

    /// <summary>Models virtscsi_handle_transport_reset(): a disk came or went.</summary>
    private async SimTask HandleTransportReset(Ptr<ScsiHost> host, Ptr<VirtioScsiEvent> node, bool little)
    {
        using var frame = kernel.Enter("virtscsi_handle_transport_reset");
        var address = node.Read().Event;
        uint id = kernel.Memory.Read8(address + 5);
        // Units beyond 255 would carry the addressing method here too; the kernel takes the bytes as they are.
        var lun = ((uint)kernel.Memory.Read8(address + 6) << 8) | kernel.Memory.Read8(address + 7);
        switch (ByteOrder.Read32(kernel.Memory, address + 12, little))
        {
            case Abi.ResetRescan:
                if (lun == 0) await scsi.ScanTarget(host, id);
                else await scsi.AddDevice(host, id, lun);
                break;
            case Abi.ResetRemoved:
                var device = await scsi.Lookup(host, id, lun);
                if (device.IsNull) break;
                await scsi.RemoveDevice(device);
                await scsi.PutDevice(device);
                break;
        }
    }

    /// <summary>Models virtscsi_rescan_hotunplug(): events were missed, so every device is asked whether it is still there.</summary>
    private async SimTask RescanHotUnplug(Ptr<ScsiHost> host)
    {
        using var frame = kernel.Enter("virtscsi_rescan_hotunplug");
        var buffer = kernel.Memory.Allocate(256, "INQUIRY data", GuestMemory.Granule);
        if (buffer == 0) return;
        for (var device = await scsi.Next(host, Ptr<ScsiDevice>.Null); !device.IsNull; device = await scsi.Next(host, device))
        {
            kernel.Memory.Guest(buffer, InquiryLength).Clear();
            byte[] command = [Sc.Inquiry, 0, 0, 0, InquiryLength, 0];
            var outcome = await scsi.Execute(device, command, buffer, InquiryLength, InquiryTimeout, InquiryRetries);
            var gone = outcome.Result == 0
                ? kernel.Memory.Read8(buffer) >> 5 != 0
                : outcome.Result > 0 && Sc.HostByte(outcome.Result) == Sc.DidBadTarget;
            if (gone) await scsi.RemoveDevice(device);
        }
        kernel.Memory.Free(buffer);
    }
}
