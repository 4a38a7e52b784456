using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>Bits of the state of a poller (NAPI_STATE_*, include/linux/netdevice.h).</summary>
[Flags]
internal enum NapiState
{
    None = 0,
    /// <summary>Poll is scheduled or runs, or it is disabled.</summary>
    Sched = 1,
    /// <summary>It was to be scheduled once more meanwhile.</summary>
    Missed = 2,
    /// <summary>Somebody wants it disabled.</summary>
    Disable = 4,
    /// <summary>It is disabled.</summary>
    NpSvc = 8,
}

/// <summary>Something that a softirq polls (struct napi_struct); drivers derive their queues from it.</summary>
public abstract class NapiStruct : HeapObject
{
    internal NapiState State { get; set; }

    /// <summary>Most packets of one poll; 0 if it is not used.</summary>
    internal int Weight { get; set; }

    /// <summary>Polls; returns the number of packets. Called from the softirq.</summary>
    internal Func<Ptr<NapiStruct>, int, SimTask<int>> Poll { get; set; } = null!;
}
