using System.Buffers.Binary;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

/// <summary>One descriptor of a chain.</summary>
internal readonly record struct Piece(uint Address, uint Length, bool IsWritable)
{
    public static Piece In(uint address, int length) => new(address, (uint)length, true);

    public static Piece Out(uint address, int length) => new(address, (uint)length, false);
}

/// <summary>A driver by hand: a device brought up to DRIVER_OK, and one of its queues as a split ring in guest memory.</summary>
internal sealed class GuestRing
{
    public const ushort Next = 1;
    public const ushort Write = 2;
    public const ushort Indirect = 4;
    private readonly Bench bench;
    private readonly ushort size;
    private readonly int queue;
    private readonly SubchannelId id;
    private ushort available;
    private ushort nextDescriptor;

    public GuestRing(Bench bench, SubchannelId id, int queue, ushort size = 16)
    {
        this.bench = bench;
        this.id = id;
        this.queue = queue;
        this.size = size;
        Desc = bench.Memory.Allocate((uint)size * 16, $"vring {queue} desc", 16);
        Avail = bench.Memory.Allocate(6 + (2u * size), $"vring {queue} avail", 8);
        Used = bench.Memory.Allocate(6 + (8u * size), $"vring {queue} used", 8);
    }

    public uint Desc { get; }

    public uint Avail { get; }

    public uint Used { get; }

    public ushort UsedIndex => Get16(Used + 2);

    /// <summary>Negotiates revision 2 and features, up to FEATURES_OK.</summary>
    public static void Negotiate(Bench bench, SubchannelId id, ulong features)
    {
        Span<byte> word = stackalloc byte[5];
        bench.Do(id, VirtioCcwCommand.SetVirtioRev, 0, 2, 0, 0);
        bench.Do(id, VirtioCcwCommand.VdevReset);
        bench.Do(id, VirtioCcwCommand.WriteStatus, 3);
        BinaryPrimitives.WriteUInt32LittleEndian(word, (uint)features);
        bench.Do(id, VirtioCcwCommand.WriteFeat, word);
        BinaryPrimitives.WriteUInt32LittleEndian(word, (uint)((features | (1UL << VirtioFeature.Version1)) >> 32));
        word[4] = 1;
        bench.Do(id, VirtioCcwCommand.WriteFeat, word);
        bench.Do(id, VirtioCcwCommand.WriteStatus, 11);
    }

    /// <summary>Gives the host the adapter indicators.</summary>
    public static (uint Bits, uint Summary) SetAdapterIndicators(Bench bench, SubchannelId id, byte isc = 3, ulong firstBit = 0)
    {
        var bits = bench.Memory.Allocate(64, "airq vector", 8);
        var summary = bench.Memory.Allocate(8, "airq summary", 8);
        Span<byte> block = stackalloc byte[25];
        BinaryPrimitives.WriteUInt64BigEndian(block, summary);
        BinaryPrimitives.WriteUInt64BigEndian(block[8..], bits);
        BinaryPrimitives.WriteUInt64BigEndian(block[16..], firstBit);
        block[24] = isc;
        bench.Do(id, VirtioCcwCommand.SetIndAdapter, block);
        return (bits, summary);
    }

    /// <summary>Tells the host where the ring is.</summary>
    public void SetUp()
    {
        Span<byte> block = stackalloc byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(block, Desc);
        BinaryPrimitives.WriteUInt16BigEndian(block[12..], (ushort)queue);
        BinaryPrimitives.WriteUInt16BigEndian(block[14..], size);
        BinaryPrimitives.WriteUInt64BigEndian(block[16..], Avail);
        BinaryPrimitives.WriteUInt64BigEndian(block[24..], Used);
        bench.Do(id, VirtioCcwCommand.SetVq, block);
    }

    /// <summary>Makes a chain of buffers available.</summary>
    /// <returns>Its head.</returns>
    public ushort Add(params ReadOnlySpan<Piece> parts)
    {
        var head = nextDescriptor;
        for (var i = 0; i < parts.Length; i++)
        {
            var last = i == parts.Length - 1;
            var flags = (parts[i].IsWritable ? Write : 0) | (last ? 0 : Next);
            Describe(Desc, nextDescriptor, parts[i].Address, parts[i].Length, (ushort)flags, (ushort)(nextDescriptor + 1));
            nextDescriptor = (ushort)((nextDescriptor + 1) % size);
        }
        Publish(head);
        return head;
    }

    /// <summary>Makes a chain available through a table of its own.</summary>
    public ushort AddIndirect(uint table, params ReadOnlySpan<Piece> parts)
    {
        for (var i = 0; i < parts.Length; i++)
        {
            var flags = (parts[i].IsWritable ? Write : 0) | (i == parts.Length - 1 ? 0 : Next);
            Describe(table, i, parts[i].Address, parts[i].Length, (ushort)flags, (ushort)(i + 1));
        }
        var head = nextDescriptor++;
        Describe(Desc, head, table, (uint)parts.Length * 16, Indirect, 0);
        Publish(head);
        return head;
    }

    public void Describe(uint table, int index, uint address, uint length, ushort flags, ushort next)
    {
        var entry = bench.Memory.Guest(table + ((uint)index * 16), 16);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, address);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[12..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[14..], next);
    }

    public void Publish(ushort head)
    {
        Put16(Avail + 4 + (2u * (uint)(available % size)), head);
        Put16(Avail + 2, ++available);
    }

    public void SetAvailFlags(ushort flags) => Put16(Avail, flags);

    public void SetUsedEvent(ushort index) => Put16(Avail + 4 + (2u * size), index);

    /// <summary>Kicks and lets the host work.</summary>
    public void Kick()
    {
        Assert.Equal(0, bench.Channel.Hypercall(3, id.Word, (uint)queue, 0));
        bench.Settle();
    }

    /// <summary>Id and length of an entry of the used ring.</summary>
    public (uint Id, uint Length) UsedEntry(int index)
    {
        var entry = bench.Memory.Guest(Used + 4 + (8u * (uint)(index % size)), 8);
        return (BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
    }

    private ushort Get16(uint address) => BinaryPrimitives.ReadUInt16LittleEndian(bench.Memory.Guest(address, 2));

    private void Put16(uint address, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bench.Memory.Guest(address, 2), value);
}
