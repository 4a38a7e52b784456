namespace CcwFuzz.Target.Simulation;

/// <summary>What can be wrong; the names on the command line are these in kebab case.</summary>
public enum ViolationKind
{
    /// <summary>Guest code touched a freed object.</summary>
    UseAfterFree,
    /// <summary>An object was freed twice.</summary>
    DoubleFree,
    /// <summary>Something was freed that was never allocated.</summary>
    InvalidFree,
    /// <summary>A reference was taken on a dead object or dropped once too often.</summary>
    RefCount,
    /// <summary>An assertion of gen_pool (lib/genalloc.c) failed.</summary>
    Pool,
    /// <summary>An object outlived everything that could free it.</summary>
    Leak,
    /// <summary>The host read or wrote memory that the guest had freed.</summary>
    DmaToFreed,
    /// <summary>Guest code followed a NULL pointer.</summary>
    NullAccess,
    /// <summary>Nothing can run, and a task waits.</summary>
    Hang,
    /// <summary>Tasks wait for each other in a circle.</summary>
    Deadlock,
    /// <summary>Something runs for ever without progress.</summary>
    Livelock,
    /// <summary>Locks were taken in an order that can deadlock.</summary>
    LockOrder,
    /// <summary>Guest code slept where it must not.</summary>
    SleepInAtomic,
    /// <summary>A rule of the channel architecture or of virtio was broken.</summary>
    Protocol,
    /// <summary>The host has a device that the guest does not show, or the reverse.</summary>
    LostDevice,
    /// <summary>A request was never completed.</summary>
    LostRequest,
    /// <summary>A request was completed with the wrong data or status.</summary>
    WrongResult,
    /// <summary>An assertion of the host failed.</summary>
    HostAssert,
    /// <summary>Guest code accessed memory beyond the end of an object.</summary>
    OutOfBounds,
    /// <summary>A bug of CcwFuzz itself: fails the run, never a finding.</summary>
    ModelError,
}

/// <summary>One thing that went wrong, in the kernel's names.</summary>
public sealed record Violation
{
    /// <summary>What is wrong.</summary>
    public required ViolationKind Kind { get; init; }

    /// <summary>Type of the object concerned, e.g. "struct ccw_device"; empty when there is none.</summary>
    public string ObjectType { get; init; } = "";

    /// <summary>One sentence for a person.</summary>
    public required string Message { get; init; }

    /// <summary>Call chain of the access, assertion or wait.</summary>
    public CallSite? Access { get; init; }

    /// <summary>One mistake that shows wherever somebody comes by: where that was is no part of its identity.</summary>
    public bool IsAnywhere { get; init; }

    /// <summary>Name of the context that made the access.</summary>
    public string AccessContext { get; init; } = "";

    /// <summary>Call chain that allocated the object, if there is one.</summary>
    public CallSite? Allocation { get; init; }

    /// <summary>Name of the context that allocated it.</summary>
    public string AllocationContext { get; init; } = "";

    /// <summary>Call chain that freed the object, if it was.</summary>
    public CallSite? Free { get; init; }

    /// <summary>Name of the context that freed it.</summary>
    public string FreeContext { get; init; } = "";

    /// <summary>State of the subchannel or device concerned, in the kernel's words; empty when there is none.</summary>
    public string State { get; init; } = "";

    /// <summary>Whether what waits or polls for ever afterwards comes of it: then this is the finding.</summary>
    public bool ExplainsWaits { get; init; }

    /// <summary>The kind as it is written on the command line and in files, e.g. "use-after-free".</summary>
    public string KindName => NameOf(Kind);

    /// <summary>The name of a kind in kebab case.</summary>
    public static string NameOf(ViolationKind kind) => kind switch
    {
        ViolationKind.UseAfterFree => "use-after-free",
        ViolationKind.DoubleFree => "double-free",
        ViolationKind.InvalidFree => "invalid-free",
        ViolationKind.RefCount => "refcount",
        ViolationKind.Pool => "pool",
        ViolationKind.Leak => "leak",
        ViolationKind.DmaToFreed => "dma-to-freed",
        ViolationKind.NullAccess => "null-access",
        ViolationKind.Hang => "hang",
        ViolationKind.Deadlock => "deadlock",
        ViolationKind.Livelock => "livelock",
        ViolationKind.LockOrder => "lock-order",
        ViolationKind.SleepInAtomic => "sleep-in-atomic",
        ViolationKind.Protocol => "protocol",
        ViolationKind.LostDevice => "lost-device",
        ViolationKind.LostRequest => "lost-request",
        ViolationKind.WrongResult => "wrong-result",
        ViolationKind.HostAssert => "host-assert",
        ViolationKind.OutOfBounds => "out-of-bounds",
        _ => "model-error",
    };
}

/// <summary>Ends an execution at the moment of its violation.</summary>
public sealed class ViolationException(Violation violation) : Exception(violation.Message)
{
    /// <summary>What went wrong.</summary>
    public Violation Violation { get; } = violation;
}
