using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>A packet (struct sk_buff). One to be sent lies in guest memory, a received one was copied out of it.</summary>
public sealed class SkBuff : HeapObject
{
    /// <summary>Room in front of a packet to be sent, for the driver's header (needed_headroom of virtio-net).</summary>
    internal const uint Headroom = 16;

    /// <inheritdoc/>
    public override string TypeName => "struct sk_buff";

    /// <summary>Guest address of the room and the packet behind it; 0 for a received one.</summary>
    internal uint Head { get; init; }

    /// <summary>Guest address of the packet.</summary>
    internal uint Data => Head + Headroom;

    /// <summary>Bytes of the packet.</summary>
    internal uint Length { get; init; }

    /// <summary>What was received.</summary>
    internal byte[] Bytes { get; init; } = [];

    /// <summary>The socket that pays for it (sk); NULL for a received one.</summary>
    internal Ptr<PacketSocket> Socket { get; init; }
}
