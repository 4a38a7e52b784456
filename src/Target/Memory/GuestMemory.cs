using System.Buffers.Binary;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>What the guest says about a piece of its memory.</summary>
public enum Shadow : byte
{
    /// <summary>Never allocated: ordinary RAM that nobody owns.</summary>
    Unowned,
    /// <summary>Allocated.</summary>
    Allocated,
    /// <summary>Freed: the host must not touch it any more.</summary>
    Freed,
}

/// <summary>The guest's RAM that the host can see: real bytes, with a shadow of who owns them.</summary>
/// <remarks>
/// 32 MiB from address 0, up to where the addresses of heap objects begin; big-endian accessors as the architecture has it,
/// shadow per 8 bytes. Addresses are handed out upwards and never reused within an execution, so that late accesses meet
/// freed memory and not a new owner.
/// Resetting costs as much as the pages the last execution wrote to, and the shadow of what it allocated.
/// </remarks>
public sealed class GuestMemory
{
    /// <summary>Size of the RAM in bytes.</summary>
    public const uint Size = 32u << 20;

    /// <summary>Size of a page in bytes.</summary>
    public const uint PageSize = 4096;

    /// <summary>Bytes per shadow cell.</summary>
    public const uint Granule = 8;

    private const uint FirstAddress = 0x10000;
    private readonly byte[] bytes = new byte[Size];
    private readonly Shadow[] shadow = new Shadow[Size / Granule];
    private readonly bool[] dirty = new bool[Size / PageSize];
    private readonly List<int> dirtyPages = [];
    private readonly List<Block> blocks = [];
    private readonly List<Block> freedParts = [];
    private readonly Dictionary<uint, int> blockAt = [];
    private readonly World world;
    private uint top = FirstAddress;
    private int shadowEnd;

    /// <summary>Creates RAM that nobody owns yet.</summary>
    public GuestMemory(World world)
    {
        this.world = world;
        Frames = new PageFrames(this);
    }

    /// <summary>The pages above, which have no contents.</summary>
    public PageFrames Frames { get; }

    /// <summary>Where it lives.</summary>
    internal World World => world;

    /// <summary>Blocks that are allocated now.</summary>
    public int LiveBlocks { get; private set; }

    /// <summary>Descriptions of the blocks that are allocated now, e.g. "vring 0 of virtio0".</summary>
    public IEnumerable<string> LiveBlockNames => blocks.Where(b => !b.IsFreed).Select(b => b.Name);

    /// <summary>Allocates zeroed memory (alloc_pages, dma_alloc_coherent, kzalloc of a buffer).</summary>
    /// <param name="size">Bytes.</param>
    /// <param name="name">What it is, for reports, in the kernel's words.</param>
    /// <param name="align">Alignment in bytes, a power of two.</param>
    /// <returns>The address, or 0 if the memory is exhausted.</returns>
    public uint Allocate(uint size, string name, uint align = PageSize)
    {
        var start = (top + align - 1) & ~(align - 1);
        var end = (start + size + Granule - 1) & ~(Granule - 1);
        if (end > Size) return 0;
        top = end;
        blockAt[start] = blocks.Count;
        blocks.Add(new Block(start, end - start, name, world.Scheduler.Current.Site, world.Scheduler.Current.Name));
        LiveBlocks++;
        SetShadow(start, end - start, Shadow.Allocated);
        world.Trace.Add(TraceKind.Memory, $"alloc {name} [{start:x}..{end:x}) in {world.Scheduler.Current.Site.Function}");
        return start;
    }

    /// <summary>Frees a block that <see cref="Allocate"/> returned.</summary>
    /// <exception cref="ViolationException">It is not the start of a block, or the block was freed already.</exception>
    public void Free(uint address)
    {
        var site = world.Scheduler.Current.Site;
        if (!blockAt.TryGetValue(address, out var index))
            world.Fail(ViolationKind.InvalidFree, $"address {address:x} is not the start of a block, in {site.Function}", "memory");
        var block = blocks[index];
        if (block.IsFreed) world.Fail(Describe(ViolationKind.DoubleFree, block, $"{block.Name} freed again in {site.Function}"));
        blocks[index] = block with { FreedAt = site, FreedBy = world.Scheduler.Current.Name };
        LiveBlocks--;
        SetShadow(address, block.Size, Shadow.Freed);
        world.Trace.Add(TraceKind.Memory, $"free  {block.Name} [{address:x}] in {site.Describe(3)}");
    }

    /// <summary>The guest is gone: everything it had allocated counts as freed.</summary>
    public void Abandon()
    {
        using var _ = world.Enter("machine_reset");
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].IsFreed) continue;
            blocks[i] = blocks[i] with { FreedAt = world.Scheduler.Current.Site, FreedBy = world.Scheduler.Current.Name };
            SetShadow(blocks[i].Start, blocks[i].Size, Shadow.Freed);
        }
        LiveBlocks = 0;
    }

    /// <summary>Says who owns a part of a block: pools mark their free granules so.</summary>
    public void Mark(uint address, uint size, Shadow state) => SetShadow(address, (size + Granule - 1) & ~(Granule - 1), state);

    /// <summary>Marks a part of a block as freed, and remembers who had it: what a pool gave out and took back.</summary>
    internal void MarkFreed(uint address, uint size, string name, CallSite allocatedAt, string allocatedBy)
    {
        Mark(address, size, Shadow.Freed);
        var scheduler = world.Scheduler;
        freedParts.Add(new Block(address, size, name, allocatedAt, allocatedBy)
        {
            FreedAt = scheduler.Current.Site,
            FreedBy = scheduler.Current.Name,
        });
    }

    /// <summary>The bytes themselves, for the guest's own accesses; marks them as touched.</summary>
    public Span<byte> Guest(uint address, uint size)
    {
        Touch(address, size);
        return bytes.AsSpan((int)address, (int)size);
    }

    /// <summary>Guest access, big-endian.</summary>
    public byte Read8(uint address) => bytes[address];

    /// <summary>Guest access, big-endian.</summary>
    public ushort Read16(uint address) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan((int)address));

    /// <summary>Guest access, big-endian.</summary>
    public uint Read32(uint address) => BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan((int)address));

    /// <summary>Guest access, big-endian.</summary>
    public ulong Read64(uint address) => BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan((int)address));

    /// <summary>Guest access, big-endian.</summary>
    public void Write8(uint address, byte value) => Guest(address, 1)[0] = value;

    /// <summary>Guest access, big-endian.</summary>
    public void Write16(uint address, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Guest(address, 2), value);

    /// <summary>Guest access, big-endian.</summary>
    public void Write32(uint address, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Guest(address, 4), value);

    /// <summary>Guest access, big-endian.</summary>
    public void Write64(uint address, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Guest(address, 8), value);

    /// <summary>The host's view for reading (address_space_read).</summary>
    /// <param name="address">Guest address; the host knows no other.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="data">The bytes.</param>
    /// <returns>False if the range is not RAM.</returns>
    /// <exception cref="ViolationException">The guest freed this memory.</exception>
    public bool TryHostRead(ulong address, uint size, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (!HostMayTouch(address, size, "reads")) return false;
        data = bytes.AsSpan((int)address, (int)size);
        return true;
    }

    /// <summary>The host's view for writing (address_space_write): the caller fills the span.</summary>
    /// <returns>False if the range is not RAM.</returns>
    /// <exception cref="ViolationException">The guest freed this memory.</exception>
    public bool TryHostWrite(ulong address, uint size, out Span<byte> data)
    {
        data = default;
        if (!HostMayTouch(address, size, "writes")) return false;
        data = Guest((uint)address, size);
        return true;
    }

    /// <summary>Zeroes what was touched and forgets all owners.</summary>
    public void Reset()
    {
        foreach (var page in dirtyPages)
        {
            bytes.AsSpan(page * (int)PageSize, (int)PageSize).Clear();
            dirty[page] = false;
        }
        dirtyPages.Clear();
        shadow.AsSpan(0, shadowEnd).Clear();
        shadowEnd = 0;
        blocks.Clear();
        freedParts.Clear();
        blockAt.Clear();
        Frames.Reset();
        LiveBlocks = 0;
        top = FirstAddress;
    }

    private bool HostMayTouch(ulong address, uint size, string what)
    {
        if (address >= Size || size > Size - address) return false;
        if (size == 0) return true;
        var last = ((uint)address + size - 1) / Granule;
        for (var cell = (uint)address / Granule; cell <= last; cell++)
            if (shadow[cell] == Shadow.Freed) FailFreed(cell * Granule, what);
        return true;
    }

    private void FailFreed(uint address, string what)
    {
        var function = world.Scheduler.Current.Site.Function;
        FailFreedIn(freedParts, address, what, function);
        FailFreedIn(blocks, address, what, function);
        world.Fail(ViolationKind.DmaToFreed, $"the host {what} freed memory in {function}", "memory");
    }

    /// <summary>The last owner of the address is the one that counts.</summary>
    private void FailFreedIn(List<Block> owners, uint address, string what, string function)
    {
        for (var i = owners.Count - 1; i >= 0; i--)
        {
            var block = owners[i];
            if (address < block.Start || address >= block.Start + block.Size) continue;
            world.Fail(Describe(ViolationKind.DmaToFreed, block, $"the host {what} freed {block.Name} in {function}"));
        }
    }

    private Violation Describe(ViolationKind kind, Block block, string message) => new()
    {
        Kind = kind,
        ObjectType = block.Name,
        Message = message,
        Access = world.Scheduler.Current.Site,
        AccessContext = world.Scheduler.Current.Name,
        Allocation = block.AllocatedAt,
        AllocationContext = block.AllocatedBy,
        Free = block.FreedAt,
        FreeContext = block.FreedBy,
    };

    private void SetShadow(uint address, uint size, Shadow state)
    {
        var (first, count) = ((int)(address / Granule), (int)(size / Granule));
        shadow.AsSpan(first, count).Fill(state);
        shadowEnd = Math.Max(shadowEnd, first + count);
    }

    private void Touch(uint address, uint size)
    {
        var last = (address + Math.Max(size, 1) - 1) / PageSize;
        for (var page = address / PageSize; page <= last; page++)
        {
            if (dirty[page]) continue;
            dirty[page] = true;
            dirtyPages.Add((int)page);
        }
    }

    private readonly record struct Block(uint Start, uint Size, string Name, CallSite AllocatedAt, string AllocatedBy)
    {
        public CallSite? FreedAt { get; init; }

        public string FreedBy { get; init; } = "";

        public bool IsFreed => FreedAt is not null;
    }
}
