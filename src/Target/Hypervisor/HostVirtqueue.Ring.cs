using System.Buffers.Binary;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Hypervisor;

/// <content>Access to the rings in guest memory.</content>
public sealed partial class HostVirtqueue
{
    private const uint DescriptorSize = 16;
    private const uint RingOffset = 4;
    private const uint UsedElementSize = 8;
    private const ushort UsedNoNotify = 1;
    private const ushort AvailNoInterrupt = 1;
    private readonly GuestMemory memory;
    private bool hasCaches;
    private RingCache descCache;
    private RingCache availCache;
    private RingCache usedCache;

    [Flags]
    private enum DescriptorFlags : ushort
    {
        None = 0,
        Next = 1,
        Write = 2,
        Indirect = 4,
    }

    /// <summary>A mapped range (MemoryRegionCache): accesses outside it abort the host.</summary>
    private readonly record struct RingCache(ulong Address, uint Length);

    private readonly record struct Descriptor(ulong Address, uint Length, DescriptorFlags Flags, ushort Next);

    private uint AvailSize => RingOffset + (2 * (uint)Size) + (HasEventIdx ? 2u : 0u);

    private uint UsedSize => RingOffset + (UsedElementSize * (uint)Size) + (HasEventIdx ? 2u : 0u);

    private bool HasEventIdx => device.HasFeature(VirtioFeature.EventIdx);

    /// <summary>Models virtio_init_region_cache(): maps the three areas for the size as it is now.</summary>
    internal void MapRings()
    {
        using var _ = world.Enter("virtio_init_region_cache");
        if (Desc == 0 && Has(Defects.CacheSurvivesReset)) return;
        hasCaches = false;
        if (Desc == 0) return;
        if (!TryMap(Desc, DescriptorSize * (uint)Size, out descCache)) device.Error("Cannot map desc");
        else if (!TryMap(Used, UsedSize, out usedCache)) device.Error("Cannot map used");
        else if (!TryMap(Avail, AvailSize, out availCache)) device.Error("Cannot map avail");
        else hasCaches = true;
    }

    /// <summary>A mapping that outlived its ring is used without a look at the addresses.</summary>
    private bool IsStale => hasCaches && Has(Defects.CacheSurvivesReset);

    private bool HasCaches()
    {
        if (!hasCaches && Has(Defects.CacheAssert)) AssertCaches();
        return hasCaches;
    }

    /// <summary>Models vring_get_region_caches(): asserts that there is a mapping.</summary>
    private void AssertCaches()
    {
        using var _ = world.Enter("vring_get_region_caches");
        world.Fail(ViolationKind.HostAssert, "caches != NULL", "struct VRingMemoryRegionCaches");
    }

    /// <summary>Models virtio_del_queue(): with the defect it keeps the mapping of the queue.</summary>
    private void LeakCaches()
    {
        using var _ = world.Enter("virtio_del_queue");
        world.Fail(ViolationKind.Leak, "the mapping of a deleted queue is never given back", "struct VRingMemoryRegionCaches");
    }

    /// <summary>Whether a range can be mapped in one piece; outside RAM it can, and reads as zeros.</summary>
    private static bool TryMap(ulong address, uint size, out RingCache cache)
    {
        var length = address < GuestMemory.Size ? (uint)Math.Min(size, GuestMemory.Size - address) : size;
        cache = new RingCache(address, length);
        return length == size;
    }

    private ReadOnlySpan<byte> Read(in RingCache cache, uint offset, uint size)
    {
        CheckRange(in cache, offset, size);
        return memory.TryHostRead(cache.Address + offset, size, out var bytes) ? bytes : default;
    }

    private Span<byte> Write(in RingCache cache, uint offset, uint size)
    {
        CheckRange(in cache, offset, size);
        return memory.TryHostWrite(cache.Address + offset, size, out var bytes) ? bytes : default;
    }

    private void CheckRange(in RingCache cache, uint offset, uint size)
    {
        if (offset < cache.Length && size <= cache.Length - offset) return;
        var what = $"ring access at offset {offset} outside its mapping of {cache.Length} bytes";
        world.Fail(ViolationKind.HostAssert, what, "struct VirtQueue");
    }

    private ushort Read16(in RingCache cache, uint offset)
    {
        var bytes = Read(in cache, offset, 2);
        if (bytes.IsEmpty) return 0;
        return device.IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    private void Write16(in RingCache cache, uint offset, ushort value)
    {
        var bytes = Write(in cache, offset, 2);
        if (bytes.IsEmpty) return;
        if (device.IsBigEndian) BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        else BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
    }

    /// <summary>Models vring_split_desc_read(): reads a descriptor of a table.</summary>
    private Descriptor ReadDescriptor(in RingCache table, uint index)
    {
        using var _ = world.Enter("vring_split_desc_read");
        var bytes = Read(in table, index * DescriptorSize, DescriptorSize);
        if (bytes.IsEmpty) return default;
        return device.IsBigEndian
            ? new Descriptor(
                BinaryPrimitives.ReadUInt64BigEndian(bytes),
                BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
                (DescriptorFlags)BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]),
                BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]))
            : new Descriptor(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
                (DescriptorFlags)BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[14..]));
    }

    private ushort AvailFlags() => HasCaches() ? Read16(in availCache, 0) : (ushort)0;

    /// <summary>Models vring_avail_idx(): reads where the guest will put the next buffer.</summary>
    private ushort AvailIndex()
    {
        using var _ = world.Enter("vring_avail_idx");
        if (!HasCaches()) return 0;
        return shadowAvail = Read16(in availCache, 2);
    }

    private ushort AvailEntry(uint index) => HasCaches() ? Read16(in availCache, RingOffset + (2 * index)) : (ushort)0;

    /// <summary>Models vring_used_write(): writes an entry of the used ring.</summary>
    private void WriteUsed(uint index, uint id, uint length)
    {
        using var _ = world.Enter("vring_used_write");
        if (!HasCaches()) return;
        var bytes = Write(in usedCache, RingOffset + (UsedElementSize * index), UsedElementSize);
        if (bytes.IsEmpty) return;
        if (device.IsBigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
            BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], length);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, id);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], length);
        }
    }

    /// <summary>Models vring_used_idx_set(): publishes what was used.</summary>
    private void SetUsedIndex(ushort value)
    {
        using var _ = world.Enter("vring_used_idx_set");
        if (HasCaches()) Write16(in usedCache, 2, value);
        usedIndex = value;
    }

    /// <summary>Models vring_set_avail_event(): says from which buffer on it wants a kick.</summary>
    private void SetAvailEvent(ushort value)
    {
        using var _ = world.Enter("vring_set_avail_event");
        if (notification && HasCaches()) Write16(in usedCache, RingOffset + (UsedElementSize * (uint)Size), value);
    }

    /// <summary>Models vring_used_flags_set_bit(): sets or clears a flag of the used ring.</summary>
    private void SetUsedFlag(ushort flag, bool on)
    {
        using var _ = world.Enter("vring_used_flags_set_bit");
        if (!HasCaches()) return;
        var flags = Read16(in usedCache, 0);
        Write16(in usedCache, 0, (ushort)(on ? flags | flag : flags & ~flag));
    }
}
