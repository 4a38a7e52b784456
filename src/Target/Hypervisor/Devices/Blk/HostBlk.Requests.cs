using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Blk;

/// <content>Requests.</content>
public sealed partial class HostBlk
{
    private const int OutHeaderSize = 16;
    private const int DiscardHeaderSize = 16;
    private const int IdSize = 20;
    private const uint TypeOut = 1;
    private const uint TypeScsiCommand = 2;
    private const uint TypeFlush = 4;
    private const uint TypeGetId = 8;
    private const uint TypeDiscard = 11;
    private const uint TypeWriteZeroes = 13;
    private const uint TypeBarrier = 0x8000_0000;
    private const uint UnmapFlag = 1;
    private const byte StatusOk = 0;
    private const byte StatusIoError = 1;
    private const byte StatusUnsupported = 2;

    /// <summary>Models virtio_blk_handle_vq(): serves the requests of a queue.</summary>
    private void HandleQueue(HostVirtqueue queue)
    {
        using var _ = World.Enter("virtio_blk_handle_vq");
        var suppress = queue.Notification;
        do
        {
            if (suppress) queue.SetNotification(false);
            while (queue.Pop() is { } buffer)
            {
                if (HandleRequest(queue, buffer)) continue;
                queue.Detach();
                break;
            }
            if (suppress) queue.SetNotification(true);
        }
        while (!queue.IsEmpty);
    }

    /// <summary>Models virtio_blk_handle_request().</summary>
    /// <returns>False if the request has no proper headers; the device is broken then.</returns>
    private bool HandleRequest(HostVirtqueue queue, VirtqueueElement buffer)
    {
        using var _ = World.Enter("virtio_blk_handle_request");
        if (buffer.Readable.Count < 1 || buffer.Writable.Count < 1) return Broken("virtio-blk missing headers");
        Span<byte> header = stackalloc byte[OutHeaderSize];
        if (buffer.Read(0, header) != OutHeaderSize) return Broken("virtio-blk request outhdr too short");
        var type = this.Get32(header);
        var sector = this.Get64(header[8..]);
        switch (type & ~(TypeOut | TypeBarrier))
        {
            case 0:
                Complete(queue, buffer, (type & TypeOut) != 0 ? WriteSectors(buffer, sector) : ReadSectors(buffer, sector));
                return true;
            case TypeFlush:
                Complete(queue, buffer, StatusOk);
                return true;
            case TypeScsiCommand:
                var framed = buffer.Readable.Count >= 2 && buffer.Writable.Count >= 3;
                Complete(queue, buffer, framed ? StatusUnsupported : StatusIoError);
                return true;
            case TypeGetId:
                // Without a serial number it is one zero byte.
                if (buffer.WritableSize > 1) buffer.Write(0, stackalloc byte[1]);
                Complete(queue, buffer, StatusOk);
                return true;
            case TypeDiscard & ~TypeOut:
            case TypeWriteZeroes & ~TypeOut:
                return Discard(queue, buffer, type & ~TypeBarrier);
            default:
                Complete(queue, buffer, StatusUnsupported);
                return true;
        }
    }

    private bool Broken(string why)
    {
        Error(why);
        return false;
    }

    private bool IsInRange(ulong sector, ulong size) =>
        size % DiskImage.SectorSize == 0
        && size / DiskImage.SectorSize <= MaxRequestSectors
        && Image.Contains(sector, size / DiskImage.SectorSize);

    private byte ReadSectors(VirtqueueElement buffer, ulong sector)
    {
        var size = buffer.WritableSize - 1; // the status byte is the last one
        if (!IsInRange(sector, size) || Result != BackEndResult.Ok) return StatusIoError;
        buffer.Write(0, Image.Read(sector, size));
        return StatusOk;
    }

    private byte WriteSectors(VirtqueueElement buffer, ulong sector)
    {
        var size = buffer.ReadableSize - OutHeaderSize;
        if (!IsInRange(sector, size) || Result != BackEndResult.Ok) return StatusIoError;
        buffer.Read(OutHeaderSize, Image.Write(sector, size));
        return StatusOk;
    }

    /// <summary>Models virtio_blk_handle_discard_write_zeroes(): checks the one segment, and discards or zeroes its sectors.</summary>
    private bool Discard(HostVirtqueue queue, VirtqueueElement buffer, uint type)
    {
        using var _ = World.Enter("virtio_blk_handle_discard_write_zeroes");
        var size = buffer.ReadableSize - OutHeaderSize;
        if ((type & TypeOut) == 0 || size > DiscardHeaderSize)
        {
            Complete(queue, buffer, StatusUnsupported);
            return true;
        }
        Span<byte> header = stackalloc byte[DiscardHeaderSize];
        if (buffer.Read(OutHeaderSize, header) != DiscardHeaderSize) return Broken("virtio-blk discard/write_zeroes header too short");
        var sector = this.Get64(header);
        var count = this.Get32(header[8..]);
        var flags = this.Get32(header[12..]);
        Complete(queue, buffer, Discard(sector, count, flags, type == TypeWriteZeroes));
        return true;
    }

    private byte Discard(ulong sector, uint count, uint flags, bool zero)
    {
        if (count > MaxRequestSectors || !Image.Contains(sector, count)) return StatusIoError;
        if ((flags & ~UnmapFlag) != 0 || (!zero && flags != 0)) return StatusUnsupported;
        // What was discarded keeps its contents; that is as good as anything.
        if (zero) Image.Write(sector, (ulong)count * DiskImage.SectorSize).Clear();
        return StatusOk;
    }

    /// <summary>Models virtio_blk_req_complete(): writes the status of a request and gives its buffer back.</summary>
    private void Complete(HostVirtqueue queue, VirtqueueElement buffer, byte status)
    {
        using var _ = World.Enter("virtio_blk_req_complete");
        buffer.Write(buffer.WritableSize - 1, [status]);
        queue.Push(buffer, (uint)buffer.WritableSize);
        queue.NotifyGuest();
    }
}
