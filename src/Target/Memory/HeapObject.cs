using System.Runtime.CompilerServices;
using CcwFuzz.Target.Simulation;
using CallSite = CcwFuzz.Target.Simulation.CallSite;

namespace CcwFuzz.Target.Memory;

/// <summary>An object of the guest's heap: one C structure that kmalloc returned.</summary>
/// <remarks>Embedding (vdev in vcdev, struct device in all) is inheritance here; container_of is a cast.</remarks>
public abstract class HeapObject
{
    /// <summary>The structure's name in C, e.g. "struct ccw_device".</summary>
    public abstract string TypeName { get; }

    /// <summary>Its address as the guest would see it: below 2 GiB, unique within an execution.</summary>
    public uint Address { get; internal set; }

    /// <summary>Whether it was freed.</summary>
    public bool IsFreed { get; internal set; }

    /// <summary>The heap it came from.</summary>
    public CheckedHeap Heap { get; internal set; } = null!;

    /// <summary>What its state is, in the kernel's words, for reports and keys; empty when it has none.</summary>
    public virtual string StateName => "";

    /// <summary>References that are held on it; none when it is freed.</summary>
    internal virtual int References => 0;

    /// <summary>Who touched it last.</summary>
    private AccessHistory accesses;

    /// <summary>It is read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void NoteRead()
    {
        if (Heap.SeesRaces) accesses.Read(Heap.World);
    }

    /// <summary>It is written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void NoteWrite()
    {
        if (Heap.SeesRaces) accesses.Write(Heap.World);
    }

    internal CallSite? AllocatedAt { get; set; }

    internal string AllocatedBy { get; set; } = "";

    internal CallSite? FreedAt { get; set; }

    internal string FreedBy { get; set; } = "";

    internal int HeapIndex { get; set; }

    /// <summary>A violation about this object, with its allocation and free.</summary>
    internal Violation Describe(ViolationKind kind, string message) => new()
    {
        Kind = kind,
        ObjectType = TypeName,
        Message = message,
        Access = Heap.World.Scheduler.Current.Site,
        AccessContext = Heap.World.Scheduler.Current.Name,
        Allocation = AllocatedAt,
        AllocationContext = AllocatedBy,
        Free = FreedAt,
        FreeContext = FreedBy,
        State = StateName,
    };
}
