using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Memory;

/// <summary>The guest's heap: knows every object, who allocated it and who freed it.</summary>
/// <remarks>Allocation and free are O(1). Freed objects are never reused within an execution, so nothing dangles unseen.</remarks>
public sealed class CheckedHeap
{
    private const uint FirstAddress = 0x0200_0000;
    private const uint AddressStep = 0x400;
    private readonly List<HeapObject> objects = [];
    private readonly List<HeapObject> live = [];

    /// <summary>Creates an empty heap.</summary>
    public CheckedHeap(World world)
    {
        ArgumentNullException.ThrowIfNull(world);
        World = world;
        SeesRaces = world.Features.Has(Feedback.Races);
    }

    /// <summary>Whether accesses of several contexts are told to the engine.</summary>
    internal bool SeesRaces { get; }

    /// <summary>Where it lives.</summary>
    public World World { get; }

    /// <summary>Objects that are allocated now, in no particular order.</summary>
    public IReadOnlyList<HeapObject> Live => live;

    /// <summary>Allocates an object (kzalloc). The running call chain becomes its allocation site.</summary>
    public Ptr<T> Allocate<T>(T created) where T : HeapObject
    {
        ArgumentNullException.ThrowIfNull(created);
        created.Heap = this;
        created.Address = FirstAddress + ((uint)objects.Count * AddressStep);
        created.AllocatedAt = World.Scheduler.Current.Site;
        created.AllocatedBy = World.Scheduler.Current.Name;
        created.HeapIndex = live.Count;
        objects.Add(created);
        live.Add(created);
        World.Trace.Add(TraceKind.Memory, $"alloc {created.TypeName} @{created.Address:x} in {created.AllocatedAt.Function}");
        return new Ptr<T>(created);
    }

    /// <summary>Frees an object (kfree); NULL is allowed.</summary>
    /// <exception cref="ViolationException">It was freed already.</exception>
    public void Free<T>(Ptr<T> pointer) where T : HeapObject
    {
        if (pointer.Target is not { } target) return;
        var site = World.Scheduler.Current.Site;
        if (target.IsFreed)
            World.Fail(target.Describe(ViolationKind.DoubleFree, $"{target.TypeName} freed again in {site.Function}"));
        if (target.References != 0)
            World.Note(target.Describe(ViolationKind.RefCount, $"{target.TypeName} freed in {site.Function} while it is referenced"));
        target.IsFreed = true;
        target.FreedAt = site;
        target.FreedBy = World.Scheduler.Current.Name;
        var last = live[^1];
        live[target.HeapIndex] = last;
        last.HeapIndex = target.HeapIndex;
        live.RemoveAt(live.Count - 1);
        World.Trace.Add(TraceKind.Memory, $"free  {target.TypeName} @{target.Address:x} in {site.Describe(3)}");
    }

    /// <summary>The object at an address, dangling or not, e.g. the subchannel in an interruption parameter.</summary>
    /// <returns>NULL if there never was such an object.</returns>
    public Ptr<T> At<T>(uint address) where T : HeapObject
    {
        var index = (address - FirstAddress) / AddressStep;
        return address >= FirstAddress && index < objects.Count && objects[(int)index] is T found ? new Ptr<T>(found) : default;
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        objects.Clear();
        live.Clear();
    }
}
