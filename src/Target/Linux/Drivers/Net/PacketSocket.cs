using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>A packet socket (struct packet_sock, net/packet/af_packet.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class PacketSocket(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct packet_sock";

    /// <summary>The device it is bound to, with a reference (prot_hook.dev).</summary>
    internal Ptr<NetDevice> Device { get; set; }

    /// <summary>Packets come in (PACKET_SOCK_RUNNING).</summary>
    internal bool IsRunning { get; set; }

    /// <summary>An error to be reported once (sk_err), as a positive number.</summary>
    internal int Error { get; set; }

    /// <summary>Nothing can be sent (SEND_SHUTDOWN in sk_shutdown); the remedy sets it.</summary>
    internal bool IsShut { get; set; }

    /// <summary>Packets that were sent and not freed (sk_wmem_alloc).</summary>
    internal int InFlight { get; set; }

    /// <summary>It was closed: the last packet in flight frees it.</summary>
    internal bool IsDead { get; set; }

    /// <summary>Packets that were not read (sk_receive_queue).</summary>
    internal Queue<Ptr<SkBuff>> Received { get; } = new();

    /// <summary>Readers and writers that wait (sk_sleep).</summary>
    internal WaitQueue Waiting { get; } = new(world, "for a packet socket");
}
