using System.Buffers.Binary;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor.Devices.Net;

/// <content>Control commands, and the filter that they set.</content>
public sealed partial class HostNet
{
    private const int AddressSize = 6;
    private const int MaxAddresses = 64;
    private const byte Ok = 0;
    private const byte Failed = 1;
    private readonly List<ulong> addresses = [];
    private readonly byte[] rxMode = new byte[6];

    /// <summary>Places of the modes in the commands of class RX.</summary>
    private enum RxMode
    {
        Promiscuous,
        AllMulticast,
        AllUnicast,
        NoMulticast,
        NoUnicast,
        NoBroadcast,
    }

    /// <summary>Models what virtio_net_reset() does to the filter: everything comes in until a driver asks for less.</summary>
    private void ResetFilter()
    {
        Array.Clear(rxMode);
        rxMode[(int)RxMode.Promiscuous] = 1;
        addresses.Clear();
        DefaultMac.CopyTo(mac, 0);
    }

    private void HandleControl(HostVirtqueue queue)
    {
        while (queue.Pop() is { } buffer)
        {
            if (buffer.WritableSize < 1 || buffer.ReadableSize < 2)
            {
                Error("virtio-net ctrl missing headers");
                queue.Detach();
                return;
            }
            buffer.Write(0, [HandleCommand(buffer)]);
            queue.Push(buffer, 1);
            queue.NotifyGuest();
        }
    }

    /// <summary>Models virtio_net_handle_ctrl_iov(); commands of features that are not modelled fail.</summary>
    private byte HandleCommand(VirtqueueElement buffer)
    {
        const byte ClassRx = 0;
        const byte ClassMac = 1;
        const byte ClassAnnounce = 3;
        Span<byte> header = stackalloc byte[2];
        buffer.Read(0, header);
        World.Features.Hit(0x21, header[0], header[1]);
        return header[0] switch
        {
            ClassRx => SetRxMode(buffer, header[1]),
            ClassMac => SetMac(buffer, header[1]),
            ClassAnnounce when header[1] == 0 && (status & AnnounceFlag) != 0 => AckAnnounce(),
            _ => Failed,
        };
    }

    /// <summary>Models virtio_net_handle_announce(): the guest has announced itself.</summary>
    private byte AckAnnounce()
    {
        using var _ = World.Enter("virtio_net_handle_announce");
        status &= ~AnnounceFlag;
        return Ok;
    }

    /// <summary>Models virtio_net_handle_rx_mode(): sets one flag of what the device receives.</summary>
    private byte SetRxMode(VirtqueueElement buffer, byte command)
    {
        using var _ = World.Enter("virtio_net_handle_rx_mode");
        Span<byte> on = stackalloc byte[1];
        if (buffer.Read(2, on) != 1 || command >= rxMode.Length) return Failed;
        rxMode[command] = on[0];
        return Ok;
    }

    /// <summary>Models virtio_net_handle_mac(): takes a new address, or a table of addresses.</summary>
    private byte SetMac(VirtqueueElement buffer, byte command)
    {
        using var _ = World.Enter("virtio_net_handle_mac");
        const byte TableSet = 0;
        const byte AddressSet = 1;
        switch (command)
        {
            case AddressSet when buffer.ReadableSize == 2 + AddressSize:
                buffer.Read(2, mac);
                return Ok;
            case TableSet:
                return SetTable(buffer);
            default:
                return Failed;
        }
    }

    /// <summary>Two lists, unicast and multicast, each with its length before it.</summary>
    private byte SetTable(VirtqueueElement buffer)
    {
        var table = new List<ulong>();
        ulong at = 2;
        Span<byte> word = stackalloc byte[4];
        Span<byte> address = stackalloc byte[AddressSize];
        for (var list = 0; list < 2; list++)
        {
            if (buffer.Read(at, word) != word.Length) return Failed;
            at += 4;
            var count = this.Get32(word);
            if (count > MaxAddresses || at + (count * AddressSize) > buffer.ReadableSize) return Failed;
            for (; count > 0; count--, at += AddressSize)
            {
                buffer.Read(at, address);
                table.Add(Number(address));
            }
        }
        if (at != buffer.ReadableSize) return Failed;
        addresses.Clear();
        addresses.AddRange(table);
        return Ok;
    }

    /// <summary>Models receive_filter().</summary>
    private bool PassesFilter(ReadOnlySpan<byte> packet)
    {
        using var _ = World.Enter("receive_filter");
        if (Is(RxMode.Promiscuous)) return true;
        var destination = packet[..AddressSize];
        if (destination.IndexOfAnyExcept((byte)0xff) < 0) return !Is(RxMode.NoBroadcast);
        var multicast = (destination[0] & 1) != 0;
        if (Is(multicast ? RxMode.NoMulticast : RxMode.NoUnicast)) return false;
        if (Is(multicast ? RxMode.AllMulticast : RxMode.AllUnicast)) return true;
        return (!multicast && destination.SequenceEqual(mac)) || addresses.Contains(Number(destination));
    }

    private bool Is(RxMode mode) => rxMode[(int)mode] != 0;

    private static ulong Number(ReadOnlySpan<byte> address) =>
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(address) << 32) | BinaryPrimitives.ReadUInt32BigEndian(address[2..]);
}
