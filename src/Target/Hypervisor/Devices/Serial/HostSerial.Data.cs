using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Serial;

/// <content>Bytes between the guest and the peers behind the character devices (hw/char/virtio-console.c).</content>
public sealed partial class HostSerial
{
    private const int SendSize = 64;
    private const int ChunkSize = 64;
    private const uint ReadyBytes = 4096;

    /// <summary>Byte number <paramref name="index"/> that a peer sends.</summary>
    public static byte Pattern(uint index) => (byte)((index * 29) + 11);

    /// <summary>The peer sends bytes, which wait until the guest can take them.</summary>
    private void Send(HostSerialPort port)
    {
        if (!port.HostConnected) return;
        port.Backlog += SendSize;
        FeedLater();
    }

    /// <summary>The main loop looks which character devices have bytes that the guest can take.</summary>
    private void FeedLater()
    {
        if (feedQueued) return;
        foreach (var port in ports)
        {
            if (port.Backlog == 0) continue;
            feedQueued = true;
            World.Scheduler.Spawn(ContextKind.Host, ContextName, feed);
            return;
        }
    }

    /// <summary>Models chr_read(): gives the guest what the peer wrote, as much as there is room for.</summary>
    private SimTask Feed()
    {
        using var _ = World.Enter("chr_read");
        feedQueued = false;
        foreach (var port in ports)
            if (port.Backlog > 0 && GuestReady(port) is var room and > 0) WriteToPort(port, (int)Math.Min((uint)port.Backlog, room));
        return SimTask.Done;
    }

    /// <summary>Models virtio_serial_guest_ready(): how much the guest can take.</summary>
    private uint GuestReady(HostSerialPort port)
    {
        using var _ = World.Enter("virtio_serial_guest_ready");
        if (!port.Input.IsReady || (Status & VirtioStatus.DriverOk) == 0 || port.Input.IsEmpty) return 0;
        if (HasFeature(FeatureMultiport) && !port.GuestConnected) return 0;
        return (uint)port.Input.AvailableBytes(ReadyBytes, 0).In;
    }

    /// <summary>Models write_to_port() with virtio_serial_write(): puts bytes into the guest's buffers.</summary>
    private void WriteToPort(HostSerialPort port, int size)
    {
        using var _ = World.Enter("write_to_port");
        port.Backlog -= size;
        if (!port.HostConnected || !port.GuestConnected || !port.Input.IsReady) return; // lost
        Span<byte> chunk = stackalloc byte[ChunkSize];
        for (var left = size; left > 0 && port.Input.Pop() is { } buffer;)
        {
            var length = (int)Math.Min((ulong)left, buffer.WritableSize);
            for (var offset = 0; offset < length; offset += ChunkSize)
            {
                var part = chunk[..Math.Min(ChunkSize, length - offset)];
                foreach (ref var value in part) value = Pattern(port.Delivered++);
                buffer.Write((ulong)offset, part);
            }
            port.Input.Push(buffer, (uint)length);
            left -= length;
        }
        port.Input.NotifyGuest();
    }

    /// <summary>Models handle_input(): the guest made room.</summary>
    private void HandleInput(HostVirtqueue queue)
    {
        using var _ = World.Enter("handle_input");
        if (FindPort(queue) is { GuestConnected: true, HostConnected: true }) FeedLater();
    }

    /// <summary>Models handle_output(): the guest wrote.</summary>
    private void HandleData(HostVirtqueue queue)
    {
        using var _ = World.Enter("handle_output");
        if (FindPort(queue) is not { HostConnected: true } port) DiscardQueue(queue);
        else if (!port.IsThrottled) Flush(port);
    }

    /// <summary>Models do_flush_queued_data(): gives the peer what the guest wrote, until it takes no more.</summary>
    private void Flush(HostSerialPort port)
    {
        using var _ = World.Enter("do_flush_queued_data");
        if (!port.Output.IsReady)
            World.Fail(ViolationKind.HostAssert, "do_flush_queued_data: virtio_queue_ready(vq)", "struct VirtIOSerialPort");
        while (!port.IsThrottled)
        {
            if (port.Element is null)
            {
                port.Element = port.Output.Pop();
                port.Segment = 0;
                if (port.Element is null) break;
            }
            for (var i = port.Segment; i < port.Element.Readable.Count && !port.IsThrottled; i++)
            {
                HaveData(port, i);
                if (port.IsThrottled) port.Segment = i;
            }
            if (port.IsThrottled) break;
            port.Output.Push(port.Element, 0);
            port.Element = null;
        }
        port.Output.NotifyGuest();
    }

    /// <summary>
    /// Models flush_buf(): the peer takes a segment, or nothing of it while it is stalled; a console's bytes are lost then.
    /// </summary>
    private void HaveData(HostSerialPort port, int segment)
    {
        using var _ = World.Enter("flush_buf");
        if (!IsStalled)
        {
            var (address, length) = port.Element!.Readable[segment];
            if (Memory.TryHostRead(address, length, out var bytes)) port.Received += (ulong)bytes.Length;
        }
        else if (!port.IsConsole)
        {
            port.IsThrottled = port.HasWatch = true;
        }
    }

    /// <summary>Models chr_write_unblocked() with virtio_serial_throttle_port(): the peer takes bytes again.</summary>
    private void Unblock(HostSerialPort port)
    {
        using var _ = World.Enter("chr_write_unblocked");
        port.HasWatch = port.IsThrottled = false;
        World.Scheduler.Spawn(ContextKind.Host, ContextName, () => FlushLater(port));
    }

    /// <summary>Models flush_queued_data_bh(): flushes again when the peer takes bytes again.</summary>
    private SimTask FlushLater(HostSerialPort port)
    {
        using var _ = World.Enter("flush_queued_data_bh");
        if (port.IsPlugged && port.Output.IsReady) Flush(port);
        return SimTask.Done;
    }

    private static void DiscardThrottled(HostSerialPort port)
    {
        if (port.Element is null) return;
        port.Output.Detach();
        port.Element = null;
    }

    /// <summary>Models discard_vq_data(): gives buffers back that nobody wants to read.</summary>
    private void DiscardQueue(HostVirtqueue queue)
    {
        using var _ = World.Enter("discard_vq_data");
        if (!queue.IsReady) return;
        while (queue.Pop() is { } buffer) queue.Push(buffer, 0);
        queue.NotifyGuest();
    }
}
