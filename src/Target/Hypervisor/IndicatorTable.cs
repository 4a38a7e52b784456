using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor;

/// <summary>A guest address that devices set indicator bits at (struct IndAddr, css.h).</summary>
public sealed class IndAddr
{
    /// <summary>Guest address.</summary>
    public ulong Address { get; internal set; }

    /// <summary>Length in bytes, as the first user gave it.</summary>
    public int Length { get; internal set; }

    /// <summary>Device fields that refer to it, or did and forgot to give it back.</summary>
    public int RefCount { get; internal set; }

    /// <summary>How many of these references are lost: no field of a device has them any more, so nothing gives them back.</summary>
    public int Forgotten { get; internal set; }
}

/// <summary>All indicator addresses, shared by address (get_indicator and release_indicator, css.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class IndicatorTable(World world)
{
    private readonly List<IndAddr> live = [];
    private readonly Stack<IndAddr> free = new();

    /// <summary>Those with references.</summary>
    public IReadOnlyList<IndAddr> Live => live;

    /// <summary>
    /// Models get_indicator(): finds or creates the entry of an address and takes a reference; an existing entry keeps its length.
    /// </summary>
    public IndAddr Get(ulong address, int length)
    {
        using var _ = world.Enter("get_indicator");
        foreach (var known in live)
        {
            if (known.Address != address) continue;
            known.RefCount++;
            return known;
        }
        var added = Rent();
        added.Address = address;
        added.Length = length;
        added.RefCount = 1;
        added.Forgotten = 0;
        live.Add(added);
        return added;
    }

    [Uncounted]
    private IndAddr Rent() => free.TryPop(out var reused) ? reused : new IndAddr();

    /// <summary>Models release_indicator(): gives a reference back.</summary>
    public void Release(IndAddr indicator)
    {
        ArgumentNullException.ThrowIfNull(indicator);
        using var _ = world.Enter("release_indicator");
        if (indicator.RefCount <= 0) world.Fail(ViolationKind.HostAssert, "indicator released once too often", "struct IndAddr");
        if (--indicator.RefCount > 0) return;
        live.Remove(indicator);
        free.Push(indicator);
    }

    /// <summary>Somebody drops a pointer and forgets its reference, as QEMU does in some places.</summary>
    internal static void Forget(IndAddr? indicator)
    {
        if (indicator is not null) indicator.Forgotten++;
    }

    internal void Reset()
    {
        foreach (var indicator in live)
        {
            indicator.RefCount = 0;
            free.Push(indicator);
        }
        live.Clear();
    }
}
