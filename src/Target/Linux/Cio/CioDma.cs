using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>Pools of DMA memory below 2 GiB (cio_gp_dma_* in css.c).</summary>
/// <remarks>Allocations do not open a frame of their own: an allocation site is the function that wanted the memory.</remarks>
internal static class CioDma
{
    /// <summary>Models cio_gp_dma_create() with one page, within its caller.</summary>
    /// <returns>NULL if there is no memory.</returns>
    public static Ptr<DmaPool> Create(GuestKernel k, string owner)
    {
        var pool = k.Allocate(new DmaPool(k.Memory, owner));
        if (!pool.IsNull && !k.Faults.Fails(AllocationKind.Pages)) pool.Write().Grow(GuestMemory.PageSize);
        return pool;
    }

    /// <summary>Models cio_gp_dma_zalloc() within its caller: grows the pool when it is full.</summary>
    /// <remarks>A pool with room never fails, whatever the memory pressure: only its growth needs memory.</remarks>
    /// <returns>The address, or 0.</returns>
    public static uint Zalloc(GuestKernel k, Ptr<DmaPool> pool, uint size)
    {
        if (pool.IsNull) return 0;
        var address = pool.Write().Allocate(size);
        while (address == 0)
        {
            if (k.Faults.Fails(AllocationKind.Dma) || k.Faults.Fails(AllocationKind.Pages) || !pool.Write().Grow(size)) return 0;
            address = pool.Write().Allocate(size);
        }
        return address;
    }

    /// <summary>Models cio_gp_dma_free(): zeroes, then frees; 0 is allowed.</summary>
    public static void Free(GuestKernel k, Ptr<DmaPool> pool, uint address, uint size)
    {
        if (address == 0) return;
        using var frame = k.Enter("cio_gp_dma_free");
        k.Memory.Guest(address, size).Clear();
        pool.Write().Free(address, size);
    }

    /// <summary>Models cio_gp_dma_destroy(); NULL is allowed.</summary>
    public static void Destroy(GuestKernel k, Ptr<DmaPool> pool)
    {
        if (pool.IsNull) return;
        using var frame = k.Enter("cio_gp_dma_destroy");
        var me = k.Scheduler.Current;
        if (me.IrqsOffDepth > 0 || me.Kind == ContextKind.HardIrq) // WARN_ON(irqs_disabled()) of dma_free_attrs()
            k.World.Note(ViolationKind.SleepInAtomic, $"{me.Name} frees coherent memory with interrupts off", "struct gen_pool");
        pool.Write().Destroy();
        k.Heap.Free(pool);
    }
}
