using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Net;

/// <content>Packets out and in.</content>
public sealed partial class HostNet
{
    private const int Burst = 256;
    private const int HeaderSize = 12;
    private const int ShortHeaderSize = 10;
    private const int MaxIncoming = 64;
    private const int PacketSize = 60;
    private readonly Queue<byte[]> incoming = new();
    private bool transmitWaiting;
    private bool transmitScheduled;
    private bool bottomHalfQueued;
    private uint? pendingTransmit;

    private int GuestHeaderSize =>
        HasFeature(VirtioFeature.Version1) || HasFeature(FeatureMergeableBuffers) ? HeaderSize : ShortHeaderSize;

    private bool CanReceive => Rx.IsReady && IsDriverOk && !IsStalled;

    /// <summary>The back end sends a packet to everybody; its bytes tell which one it is.</summary>
    internal override void Inject(int what)
    {
        Span<byte> packet = stackalloc byte[PacketSize];
        packet.Fill((byte)what);
        packet[..AddressSize].Fill(0xff);
        SendPacket(packet);
    }

    /// <summary>Models qemu_send_packet(): the back end sends a packet to the guest; it waits if the guest cannot take it now.</summary>
    internal void SendPacket(ReadOnlySpan<byte> packet)
    {
        using var _ = World.Enter("qemu_send_packet");
        if (!IsLinkUp || incoming.Count == MaxIncoming) return;
        incoming.Enqueue(packet.ToArray());
        FlushReceived();
    }

    /// <summary>Delivers what waits, as far as the guest takes it (qemu_flush_queued_packets).</summary>
    private void FlushReceived()
    {
        while (incoming.TryPeek(out var packet) && CanReceive)
        {
            if (!Receive(packet)) return;
            incoming.TryDequeue(out var _);
        }
    }

    /// <summary>Models virtio_net_receive().</summary>
    /// <returns>False if there is no buffer for it now.</returns>
    private bool Receive(byte[] packet)
    {
        using var _ = World.Enter("virtio_net_receive");
        var size = packet.Length + GuestHeaderSize;
        if (!HasBuffers(size)) return false;
        if (!PassesFilter(packet)) return true;
        if (Rx.Pop() is not { } buffer) return true;
        if (buffer.Writable.Count < 1)
        {
            Error("virtio-net receive queue contains no in buffers");
            Rx.Detach();
            return true;
        }
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        if (HasFeature(FeatureMergeableBuffers)) this.Put16(header[ShortHeaderSize..], 1);
        buffer.Write(0, header[..GuestHeaderSize]);
        if (buffer.Write((ulong)GuestHeaderSize, packet) < packet.Length)
        {
            // Packets are short and have one buffer each; merging buffers is not modelled.
            Error("virtio-net unexpected empty queue");
            Rx.Detach();
            return true;
        }
        Rx.Push(buffer, (uint)size);
        Rx.NotifyGuest();
        return true;
    }

    /// <summary>Models virtio_net_has_buffers(): without buffers the guest is to kick when it has some.</summary>
    private bool HasBuffers(int size)
    {
        using var _ = World.Enter("virtio_net_has_buffers");
        if (LacksBuffers(size))
        {
            Rx.SetNotification(true);
            if (LacksBuffers(size)) return false;
        }
        Rx.SetNotification(false);
        return true;
    }

    private bool LacksBuffers(int size) =>
        Rx.IsEmpty || (HasFeature(FeatureMergeableBuffers) && Rx.AvailableBytes((ulong)size, 0).In < (ulong)size);

    private void HandleTransmit()
    {
        if (!IsLinkUp)
        {
            DropTransmit();
            return;
        }
        if (transmitWaiting) return;
        transmitWaiting = true;
        Tx.SetNotification(false);
        ScheduleTransmit();
    }

    /// <summary>Models virtio_net_drop_tx_queue_data(): gives the packets back that nobody will send.</summary>
    private void DropTransmit()
    {
        using var _ = World.Enter("virtio_net_drop_tx_queue_data");
        if (Tx.DropAll() > 0) Tx.NotifyGuest();
    }

    /// <summary>qemu_bh_schedule().</summary>
    private void ScheduleTransmit()
    {
        transmitScheduled = true;
        if (bottomHalfQueued) return;
        bottomHalfQueued = true;
        World.Scheduler.Spawn(ContextKind.Host, ContextName, transmit);
    }

    /// <summary>Models virtio_net_tx_bh(): sends what the guest left in the queue, one burst at a time.</summary>
    private SimTask TransmitBottomHalf()
    {
        using var _ = World.Enter("virtio_net_tx_bh");
        bottomHalfQueued = false;
        if (!transmitScheduled) return SimTask.Done;
        transmitScheduled = transmitWaiting = false;
        if (!IsDriverOk) return SimTask.Done;
        if (FlushTransmit() is not { } sent) return SimTask.Done;
        if (sent < Burst)
        {
            Tx.SetNotification(true);
            if (FlushTransmit() is not { } more || more == 0) return SimTask.Done;
            Tx.SetNotification(false);
        }
        transmitWaiting = true;
        ScheduleTransmit();
        return SimTask.Done;
    }

    /// <summary>Models virtio_net_flush_tx().</summary>
    /// <returns>Number of packets sent; null if the back end takes no more, or if the device is broken.</returns>
    private int? FlushTransmit()
    {
        using var _ = World.Enter("virtio_net_flush_tx");
        if (!IsDriverOk) return 0;
        if (pendingTransmit is not null)
        {
            Tx.SetNotification(false);
            return 0;
        }
        var sent = 0;
        while (sent < Burst && Tx.Pop() is { } buffer)
        {
            if (buffer.Readable.Count < 1)
            {
                Error("virtio-net header not in first element");
                Tx.Detach();
                return null;
            }
            Take(buffer);
            if (IsStalled)
            {
                Tx.SetNotification(false);
                pendingTransmit = buffer.Index;
                return null;
            }
            Tx.Push(buffer, 0);
            Tx.NotifyGuest();
            sent++;
        }
        return sent;
    }

    /// <summary>The back end looks at a packet, or copies it for later (qemu_sendv_packet_async).</summary>
    private void Take(VirtqueueElement buffer)
    {
        Span<byte> packet = stackalloc byte[64];
        buffer.Read((ulong)GuestHeaderSize, packet);
        if (!IsStalled) Swallowed++;
    }

    /// <summary>Models virtio_net_tx_complete(): the back end took the packet that waited, or it was purged.</summary>
    private void CompleteTransmit()
    {
        using var _ = World.Enter("virtio_net_tx_complete");
        if (!IsStalled) Swallowed++;
        Tx.Push(pendingTransmit!.Value, 0);
        Tx.NotifyGuest();
        pendingTransmit = null;
        Tx.SetNotification(true);
        if (FlushTransmit() is not Burst) return;
        Tx.SetNotification(false);
        transmitWaiting = true;
        ScheduleTransmit();
    }
}
