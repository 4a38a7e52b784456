using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I5: when all devices are gone, nothing of them is left.</summary>
/// <remarks>
/// A subchannel stays registered, with its private data, where the host still answers for its id: that is how Linux and
/// QEMU behave (device-stack.md 3.13, H6), and no leak.
/// </remarks>
internal sealed class LeakCheck : IRestCheck
{
    /// <inheritdoc/>
    public Violation? Look(Kernel kernel)
    {
        HeapObject? leaked = null;
        foreach (var candidate in kernel.Heap.Live)
            if (IsLeak(candidate) && (leaked is null || candidate.Address < leaked.Address)) leaked = candidate;
        if (leaked is null) return null;
        return leaked.Describe(ViolationKind.Leak, $"{leaked.TypeName} is never freed, allocated in {leaked.AllocatedAt?.Function}") with
        {
            Access = null,
            AccessContext = "",
        };
    }

    private static bool IsLeak(HeapObject candidate) => candidate switch
    {
        Subchannel sch => !sch.IsRegistered,
        LockObject or IoSubchannelPrivate or ChannelSubsystemDevice => false,
        _ => true,
    };
}
