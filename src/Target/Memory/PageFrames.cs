using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>A page that the page allocator gave out, and whose contents nobody looks at (struct page).</summary>
public sealed class Page : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct page";

    /// <summary>Its number, in pages of 4 KiB (page_to_pfn).</summary>
    public uint Frame { get; internal set; }
}

/// <summary>RAM above the part that has contents: pages that are only owned, as those in a balloon.</summary>
/// <remarks>Numbers are handed out upwards and never reused within an execution, like addresses in <see cref="GuestMemory"/>.</remarks>
/// <param name="memory">The RAM below.</param>
public sealed class PageFrames(GuestMemory memory)
{
    /// <summary>Number of the first page without contents.</summary>
    public const uint First = GuestMemory.Size / GuestMemory.PageSize;

    private readonly List<Page> pages = [];

    /// <summary>Gives a page its number (alloc_page).</summary>
    public void Add(Ptr<Page> page)
    {
        page.Write().Frame = First + (uint)pages.Count;
        pages.Add(page.Read());
    }

    /// <summary>The host throws the contents of a page away (ram_block_discard_range): as good as a write.</summary>
    /// <returns>False if there is no such page.</returns>
    /// <exception cref="ViolationException">The guest freed this page.</exception>
    public bool TryHostDiscard(uint frame)
    {
        if (frame < First)
        {
            if (!memory.TryHostWrite((ulong)frame * GuestMemory.PageSize, GuestMemory.PageSize, out var contents)) return false;
            contents.Clear();
            return true;
        }
        if (frame - First >= pages.Count) return false;
        var page = pages[(int)(frame - First)];
        if (page.IsFreed)
        {
            var world = page.Heap.World;
            var function = world.Scheduler.Current.Site.Function;
            world.Fail(page.Describe(ViolationKind.DmaToFreed, $"the host discards a freed page in {function}"));
        }
        return true;
    }

    /// <summary>Forgets all pages.</summary>
    internal void Reset() => pages.Clear();
}
