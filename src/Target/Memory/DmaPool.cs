using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>A pool of small DMA blocks (struct gen_pool, lib/genalloc.c, as cio uses it: granules of 8 bytes).</summary>
/// <remarks>
/// Its assertions are the kernel's: freeing what is not allocated, or destroying the pool while a block is out, stops the
/// kernel (BUG_ON) and ends the execution with a <see cref="ViolationKind.Pool"/> violation. Free granules are marked as
/// freed memory, so that a host that still uses a block is seen. Blocks are handed out next-fit, so that a freed one is
/// not reused at once. Allocation is linear in the granules of a chunk.
/// </remarks>
public sealed class DmaPool : HeapObject
{
    private const uint Granule = GuestMemory.Granule;
    private readonly GuestMemory memory;
    private readonly string owner;
    private readonly List<Chunk> chunks = [];
    private readonly List<Live> live = [];

    /// <summary>Creates an empty pool (gen_pool_create).</summary>
    /// <param name="memory">Where chunks come from.</param>
    /// <param name="owner">What it belongs to, for reports.</param>
    public DmaPool(GuestMemory memory, string owner)
    {
        this.memory = memory;
        this.owner = owner;
    }

    /// <inheritdoc/>
    public override string TypeName => "struct gen_pool";

    /// <summary>Blocks that are out.</summary>
    public int LiveBlocks => live.Count;

    /// <summary>Adds a chunk of pages (gen_pool_add_virt on dma_alloc_coherent).</summary>
    /// <returns>False if memory is exhausted.</returns>
    public bool Grow(uint bytes)
    {
        var size = (bytes + GuestMemory.PageSize - 1) & ~(GuestMemory.PageSize - 1);
        var start = memory.Allocate(size, $"dma pool chunk of {owner}");
        if (start == 0) return false;
        memory.Mark(start, size, Shadow.Freed);
        chunks.Add(new Chunk(start, memory.World.Arrays.New<bool>((int)(size / Granule))));
        return true;
    }

    /// <summary>Takes a zeroed block (gen_pool_alloc on cleared memory).</summary>
    /// <returns>Its address, or 0 if no chunk has room.</returns>
    public uint Allocate(uint bytes)
    {
        var count = (int)((bytes + Granule - 1) / Granule);
        foreach (var chunk in chunks)
        {
            var at = chunk.FindFree(count);
            if (at < 0) continue;
            Array.Fill(chunk.Used, true, at, count);
            chunk.Next = at + count;
            var address = chunk.Start + ((uint)at * Granule);
            memory.Mark(address, (uint)count * Granule, Shadow.Allocated);
            memory.Guest(address, (uint)count * Granule).Clear();
            live.Add(new Live(address, Heap.World.Scheduler.Current.Site, Heap.World.Scheduler.Current.Name));
            return address;
        }
        return 0;
    }

    /// <summary>Gives a block back (gen_pool_free_owner).</summary>
    /// <exception cref="ViolationException">The address is not in the pool, or some of it is not allocated.</exception>
    public void Free(uint address, uint bytes)
    {
        using var frame = Heap.World.Enter("gen_pool_free_owner");
        var count = (int)((bytes + Granule - 1) / Granule);
        foreach (var chunk in chunks)
        {
            if (address < chunk.Start || address >= chunk.Start + ((uint)chunk.Used.Length * Granule)) continue;
            var at = (int)((address - chunk.Start) / Granule);
            for (var i = at; i < at + count; i++)
                if (i >= chunk.Used.Length || !chunk.Used[i]) Bug($"block {address:x} of {bytes} bytes is not allocated");
            Array.Fill(chunk.Used, false, at, count);
            Forget(address, (uint)count * Granule);
            return;
        }
        Bug($"address {address:x} is not in the pool");
    }

    /// <summary>Gives all pages back and then destroys the pool (cio_gp_dma_destroy, gen_pool_destroy).</summary>
    /// <exception cref="ViolationException">A block is still out.</exception>
    public void Destroy()
    {
        foreach (var chunk in chunks) memory.Free(chunk.Start);
        using var frame = Heap.World.Enter("gen_pool_destroy");
        if (live.Count > 0)
        {
            var left = live[0];
            Heap.World.Fail(new Violation
            {
                Kind = ViolationKind.Pool,
                ObjectType = "ccw device DMA pool",
                Message = $"gen_pool_destroy() of the DMA pool of {owner}: a block of it is still in use (BUG_ON)",
                Access = Heap.World.Scheduler.Current.Site,
                AccessContext = Heap.World.Scheduler.Current.Name,
                Allocation = left.AllocatedAt,
                AllocationContext = left.AllocatedBy,
            });
        }
    }

    private void Bug(string what) =>
        Heap.World.Fail(Describe(ViolationKind.Pool, $"{what} (BUG_ON in {Heap.World.Scheduler.Current.Site.Function})"));

    private void Forget(uint address, uint size)
    {
        for (var i = 0; i < live.Count; i++)
        {
            if (live[i].Address != address) continue;
            memory.MarkFreed(address, size, "ccw device DMA block", live[i].AllocatedAt, live[i].AllocatedBy);
            live.RemoveAt(i);
            return;
        }
        // A free of the rest of a block: nobody's start.
        memory.Mark(address, size, Shadow.Freed);
    }

    private readonly record struct Live(uint Address, CallSite AllocatedAt, string AllocatedBy);

    private sealed class Chunk(uint start, bool[] used)
    {
        public uint Start => start;

        public bool[] Used => used;

        public int Next { get; set; }

        public int FindFree(int count)
        {
            var found = Scan(Next, used.Length, count);
            return found >= 0 ? found : Scan(0, used.Length, count);
        }

        private int Scan(int from, int to, int count)
        {
            var run = 0;
            for (var i = from; i < to; i++)
            {
                run = used[i] ? 0 : run + 1;
                if (run == count) return i - count + 1;
            }
            return -1;
        }
    }
}
