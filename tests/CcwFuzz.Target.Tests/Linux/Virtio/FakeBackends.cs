using Xunit;
using System.Buffers.Binary;
using CcwFuzz.Target.Linux.Virtio;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>Features and layouts as QEMU offers them.</summary>
internal static class Offered
{
    public const ulong Transport =
        1UL << VirtioFeature.RingIndirectDesc | 1UL << VirtioFeature.RingEventIdx | 1UL << VirtioFeature.Version1;
}

internal sealed class FakeRng : FakeBackend
{
    private byte next;

    /// <summary>Bytes that it gives at once.</summary>
    public int Chunk { get; init; } = 256;

    public override uint DeviceId => 4;

    public override ulong Features => Offered.Transport;

    public override int Queues => 1;

    public override int Handle(int queue, FakeBuffer buffer)
    {
        var data = new byte[Math.Min(Chunk, buffer.WritableSize)];
        for (var i = 0; i < data.Length; i++) data[i] = next++;
        return buffer.Write(0, data);
    }
}

internal sealed class FakeBlk : FakeBackend
{
    public FakeBlk(int sectors = 64)
    {
        Disk = new byte[sectors * 512];
        SetCapacity(sectors);
        BinaryPrimitives.WriteUInt32LittleEndian(Config.AsSpan(12), 62);
        BinaryPrimitives.WriteUInt32LittleEndian(Config.AsSpan(20), 512);
    }

    public byte[] Disk { get; }

    public override byte[] Config { get; } = new byte[96];

    public override uint DeviceId => 2;

    public override int Queues => 1;

    public ulong TransportFeatures { get; init; } = Offered.Transport;

    public override ulong Features =>
        TransportFeatures | 1UL << 2 | 1UL << 4 | 1UL << 6 | 1UL << 9 | 1UL << 10 | 1UL << 11 | 1UL << 13 | 1UL << 14;

    public void SetCapacity(int sectors) => BinaryPrimitives.WriteUInt64LittleEndian(Config, (ulong)sectors);

    public override int Handle(int queue, FakeBuffer buffer)
    {
        var request = buffer.Read();
        var type = BinaryPrimitives.ReadUInt32LittleEndian(request);
        var at = (int)BinaryPrimitives.ReadUInt64LittleEndian(request.AsSpan(8)) * 512;
        var length = type == 1 ? request.Length - 16 : buffer.WritableSize - 1;
        if (type == 1) request.AsSpan(16).CopyTo(Disk.AsSpan(at));
        else buffer.Write(0, Disk.AsSpan(at, length));
        buffer.Write(buffer.WritableSize - 1, [0]);
        return type == 1 ? 1 : length + 1;
    }
}

internal sealed class FakeScsi : FakeBackend
{
    private const int RequestSize = 51;
    private const int ResponseSize = 108;

    public FakeScsi(int targets = 2)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Config, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(Config.AsSpan(4), 126);
        BinaryPrimitives.WriteUInt32LittleEndian(Config.AsSpan(8), 0xffff);
        BinaryPrimitives.WriteUInt32LittleEndian(Config.AsSpan(12), 128);
        BinaryPrimitives.WriteUInt16LittleEndian(Config.AsSpan(30), (ushort)(targets - 1));
        BinaryPrimitives.WriteUInt32LittleEndian(Config.AsSpan(32), 16383);
    }

    public byte[] Disk { get; } = new byte[64 * 512];

    /// <summary>Commands as they came, by their first byte.</summary>
    public List<byte> Commands { get; } = [];

    /// <summary>Whether there is a disk behind target 0.</summary>
    public bool HasDisk { get; set; } = true;

    /// <summary>A command that ends as CHECK CONDITION without sense data: nobody knows why.</summary>
    public byte? Puzzling { get; set; }

    public override byte[] Config { get; } = new byte[36];

    public override uint DeviceId => 8;

    public override int Queues => 3;

    public override ulong Features => Offered.Transport | 1UL << 1 | 1UL << 2;

    public override int Handle(int queue, FakeBuffer buffer)
    {
        if (queue == 1) return -1; // event buffers stay
        var request = buffer.Read();
        if (queue == 0) return buffer.Write(0, [0]);
        var cdb = request.AsSpan(19, 32);
        Commands.Add(cdb[0]);
        var response = new byte[ResponseSize];
        if (request[1] != 0 || !HasDisk) response[11] = 3; // BAD_TARGET
        else if (cdb[0] == Puzzling) (Puzzling, response[10]) = (null, 2);
        else Execute(cdb, request.AsSpan(RequestSize), response, buffer);
        buffer.Write(0, response);
        return buffer.WritableSize;
    }

    private void Execute(ReadOnlySpan<byte> cdb, ReadOnlySpan<byte> sent, byte[] response, FakeBuffer buffer)
    {
        var reply = new byte[buffer.WritableSize - ResponseSize];
        switch (cdb[0])
        {
            case 0x12:
                (reply[2], reply[4]) = (5, 31);
                break;
            case 0xa0:
                reply[3] = 8;
                break;
            case 0x9e:
                BinaryPrimitives.WriteUInt64BigEndian(reply, (ulong)(Disk.Length / 512) - 1);
                BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(8), 512);
                break;
            case 0x1a:
                (reply[0], reply[4], reply[5], reply[6]) = (23, 8, 0x12, 4);
                break;
            case 0x28:
                Disk.AsSpan(At(cdb), reply.Length).CopyTo(reply);
                break;
            case 0x2a:
                sent.CopyTo(Disk.AsSpan(At(cdb)));
                break;
            case 0x00 or 0x35:
                break;
            default:
                response[10] = 2;
                response[0] = 18;
                (response[12], response[14], response[24]) = (0x70, 5, 0x20);
                break;
        }
        buffer.Write(ResponseSize, reply);
    }

    private static int At(ReadOnlySpan<byte> cdb) => (int)BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]) * 512;
}

internal sealed class FakeBalloon : FakeBackend
{
    /// <summary>Pages that were given and taken back, as numbers.</summary>
    public List<uint> Inflated { get; } = [];

    public List<uint> Deflated { get; } = [];

    /// <summary>Tags and values of the last statistics.</summary>
    public Dictionary<int, ulong> Stats { get; } = [];

    public override byte[] Config { get; } = new byte[16];

    public override uint DeviceId => 5;

    public override int Queues => 3;

    public bool HasStats { get; init; } = true;

    public override ulong Features => Offered.Transport | 1UL << 4 | (HasStats ? 1UL << 1 : 0);

    public uint Actual => BinaryPrimitives.ReadUInt32LittleEndian(Config.AsSpan(4));

    public void SetTarget(uint pages) => BinaryPrimitives.WriteUInt32LittleEndian(Config, pages);

    public override int Handle(int queue, FakeBuffer buffer)
    {
        var data = buffer.Read();
        if (queue == 2)
        {
            for (var at = 0; at < data.Length; at += 10)
            {
                var tag = BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(at));
                Stats[tag] = BinaryPrimitives.ReadUInt64LittleEndian(data.AsSpan(at + 2));
            }
            return -1; // kept until statistics are wanted again
        }
        for (var at = 0; at < data.Length; at += 4)
            (queue == 0 ? Inflated : Deflated).Add(BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(at)));
        return 0;
    }
}

/// <summary>A network interface on a back end that keeps what it gets.</summary>
internal sealed class FakeNet : FakeBackend
{
    public FakeNet() => SetStatus(1);

    /// <summary>Control commands as they came: class and command.</summary>
    public List<(byte Class, byte Command)> Commands { get; } = [];

    /// <summary>Packets as they came, without their headers.</summary>
    public List<byte[]> Sent { get; } = [];

    /// <summary>The host keeps control commands.</summary>
    public bool KeepsCommands { get; set; }

    public override byte[] Config { get; } = [0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0];

    public override uint DeviceId => 1;

    public override ulong Features => Offered.Transport
        | 1UL << 2 | 1UL << 5 | 1UL << 15 | 1UL << 16 | 1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 21 | 1UL << 23;

    public override int Queues => 3;

    public void SetStatus(ushort status) => BinaryPrimitives.WriteUInt16LittleEndian(Config.AsSpan(6), status);

    public override int Handle(int queue, FakeBuffer buffer)
    {
        if (queue == 0 || (queue == 2 && KeepsCommands)) return -1;
        var data = buffer.Read();
        if (queue == 1)
        {
            Sent.Add(data[12..]);
            return 0;
        }
        Commands.Add((data[0], data[1]));
        return buffer.Write(0, [0]);
    }
}
