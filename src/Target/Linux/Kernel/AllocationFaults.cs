using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>Which allocator a fault concerns.</summary>
public enum AllocationKind
{
    /// <summary>kzalloc and its like.</summary>
    Heap,
    /// <summary>Growth of the pool of a ccw device; before there were pools, the kmalloc in its place.</summary>
    Dma,
    /// <summary>Pages for rings, dma_alloc_coherent, and for balloons, alloc_page.</summary>
    Pages,
}

/// <summary>The kinds of allocators by name.</summary>
public static class AllocationKinds
{
    /// <summary>Names in the text of campaigns; the index is the kind.</summary>
    public static IReadOnlyList<string> Names { get; } = ["heap", "dma", "ring"];

    /// <summary>How many there are.</summary>
    public static int Count => Names.Count;
}

/// <summary>Makes the nth allocation of a kind fail, counted from when the fault was armed.</summary>
/// <param name="effects">Hears which faults happened.</param>
public sealed class AllocationFaults(EffectLog effects)
{
    private readonly int[] countdown = new int[AllocationKinds.Count];
    private readonly int[] armed = new int[AllocationKinds.Count];

    /// <summary>The <paramref name="nth"/> allocation (from 1) of this kind fails from now on; 0 disarms.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="nth">Which allocation.</param>
    /// <param name="fault">Number of the fault in the campaign.</param>
    public void Arm(AllocationKind kind, int nth, int fault = 0)
    {
        countdown[(int)kind] = nth;
        armed[(int)kind] = fault;
    }

    /// <summary>Counts one allocation.</summary>
    /// <returns>Whether it is the one to fail.</returns>
    public bool Fails(AllocationKind kind)
    {
        if (countdown[(int)kind] <= 0 || --countdown[(int)kind] > 0) return false;
        HaveHappened = true;
        effects.Happened(armed[(int)kind]);
        return true;
    }

    /// <summary>Whether an allocation failed: a guest without memory may give a device up.</summary>
    public bool HaveHappened { get; private set; }

    /// <summary>Disarms everything.</summary>
    public void Reset() => Array.Clear(countdown);
}
