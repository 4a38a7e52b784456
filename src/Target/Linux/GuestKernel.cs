using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux;

/// <summary>What every part of the guest kernel can reach: memory, scheduler, channel subsystem, the variant.</summary>
/// <param name="world">Scheduler, trace, features.</param>
/// <param name="memory">The guest's RAM.</param>
/// <param name="channel">The I/O instructions.</param>
/// <param name="variant">Which version of the kernel it is.</param>
public sealed class GuestKernel(World world, GuestMemory memory, ChannelSubsystem channel, Variant variant)
{
    /// <summary>Scheduler, trace, features.</summary>
    public World World => world;

    /// <summary>Who runs next.</summary>
    public Scheduler Scheduler => world.Scheduler;

    /// <summary>A scheduling point.</summary>
    public SchedulingPoint Point => world.Scheduler.Point;

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory => memory;

    /// <summary>Objects of the kernel.</summary>
    public CheckedHeap Heap { get; } = new(world);

    /// <summary>The I/O instructions and diagnose calls.</summary>
    public ChannelSubsystem Channel => channel;

    /// <summary>Which version of the kernel it is.</summary>
    public Variant Variant => variant;

    /// <summary>The driver core.</summary>
    public DeviceCore Core { get; } = new(world);

    /// <summary>Faults that the campaign injects.</summary>
    public AllocationFaults Faults { get; } = new(world.Effects);

    /// <summary>Marks the start of a kernel function.</summary>
    public CallFrame Enter(string function) => world.Enter(function);

    /// <summary>Allocates an object (kzalloc).</summary>
    /// <returns>NULL if the campaign makes this allocation fail.</returns>
    public Ptr<T> Allocate<T>(T created) where T : HeapObject =>
        Faults.Fails(AllocationKind.Heap) ? Ptr<T>.Null : Heap.Allocate(created);

    /// <summary>Writes a line of the kernel log.</summary>
    public void Log(string text) => world.Trace.Add(TraceKind.Log, text);
}
