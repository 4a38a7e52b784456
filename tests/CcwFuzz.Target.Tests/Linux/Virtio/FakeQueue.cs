using Xunit;
using System.Buffers.Binary;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>The host's end of a split virtqueue, little-endian, written from the virtio specification alone.</summary>
internal sealed class FakeQueue(GuestMemory memory, Ptr<Virtqueue> vq, uint desc, uint avail, uint used, uint num, bool eventIdx)
{
    private ushort lastAvail;

    public Ptr<Virtqueue> Vq => vq;

    public ushort UsedIdx { get; private set; }

    /// <summary>Buffers that were taken and not given back.</summary>
    public List<FakeBuffer> Held { get; } = [];

    public FakeBuffer? Take()
    {
        if (lastAvail == Read16(avail + 2))
        {
            if (eventIdx) Write16(used + 4u + (8u * num), lastAvail); // tell me about the next one
            return null;
        }
        var head = Read16(avail + 4u + (2u * (lastAvail++ % num)));
        var reads = new List<(ulong, uint)>();
        var writes = new List<(ulong, uint)>();
        var table = desc;
        for (uint at = head; ;)
        {
            var slot = Host(table + (at * 16), 16);
            var address = BinaryPrimitives.ReadUInt64LittleEndian(slot);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]);
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(slot[12..]);
            if ((flags & 4) != 0)
            {
                (table, at) = ((uint)address, 0);
                continue;
            }
            ((flags & 2) != 0 ? writes : reads).Add((address, length));
            if ((flags & 1) == 0) break;
            at = BinaryPrimitives.ReadUInt16LittleEndian(slot[14..]);
        }
        return new FakeBuffer(memory, head, reads, writes);
    }

    /// <summary>Gives a buffer back.</summary>
    /// <returns>Whether the guest wants an interrupt.</returns>
    public bool Give(uint head, uint length)
    {
        Write32(used + 4u + (8u * (UsedIdx % num)), head);
        Write32(used + 8u + (8u * (UsedIdx % num)), length);
        var old = UsedIdx++;
        Write16(used + 2, UsedIdx);
        if (eventIdx)
        {
            var wanted = Read16(avail + 4u + (2u * num));
            return (ushort)(UsedIdx - wanted - 1) < (ushort)(UsedIdx - old);
        }
        return (Read16(avail) & 1) == 0;
    }

    private ReadOnlySpan<byte> Host(uint address, uint length)
    {
        Assert.True(memory.TryHostRead(address, length, out var data));
        return data;
    }

    private ushort Read16(uint address) => BinaryPrimitives.ReadUInt16LittleEndian(Host(address, 2));

    private void Write16(uint address, ushort value)
    {
        Assert.True(memory.TryHostWrite(address, 2, out var data));
        BinaryPrimitives.WriteUInt16LittleEndian(data, value);
    }

    private void Write32(uint address, uint value)
    {
        Assert.True(memory.TryHostWrite(address, 4, out var data));
        BinaryPrimitives.WriteUInt32LittleEndian(data, value);
    }
}
