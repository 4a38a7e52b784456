using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>A process that keeps an interface up, with a packet socket bound to it.</summary>
/// <param name="net">Network devices.</param>
/// <param name="socket">The socket.</param>
/// <param name="name">Name of the interface.</param>
internal sealed class NetFile(NetCore net, Ptr<PacketSocket> socket, string name) : OpenFile
{
    private const int PacketSize = 60;
    private const int HeaderSize = 14;
    private const int SectorSize = 512;
    private const long Timeout = 100;

    /// <inheritdoc/>
    public override string Name => name;

    /// <summary>Receives a packet for every 512 bytes, as long as some come within 100 ms.</summary>
    public override async SimTask<int> Read(ulong sector, byte[] buffer, int length)
    {
        var done = 0;
        for (var i = 0; i < length / SectorSize; i++)
        {
            var (packet, error) = await net.Sockets.Receive(socket, Timeout);
            if (packet is null) return done > 0 ? done : error;
            packet.AsSpan(0, Math.Min(packet.Length, SectorSize)).CopyTo(buffer.AsSpan(i * SectorSize));
            done += packet.Length;
        }
        return done;
    }

    /// <summary>Sends a broadcast packet for every 512 bytes, with the first of them.</summary>
    public override async SimTask<int> Write(ulong sector, byte[] data, int length)
    {
        var done = 0;
        for (var i = 0; i < length / SectorSize; i++)
        {
            var packet = new byte[PacketSize];
            packet.AsSpan(0, 6).Fill(0xff);
            data.AsSpan(i * SectorSize, PacketSize - HeaderSize).CopyTo(packet.AsSpan(HeaderSize));
            var result = await net.Sockets.Send(socket, packet);
            if (result < 0) return done > 0 ? done : result;
            done += result;
        }
        return done;
    }

    /// <summary>Takes the interface down, if it is still there, and closes the socket.</summary>
    public override async SimTask Close()
    {
        if (!socket.Read().Device.IsNull) await net.ChangeFlags(name, up: false);
        await net.Sockets.Release(socket);
    }
}
