using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I5: when all devices are gone, nothing of them is left.</summary>
/// <remarks>
/// If several objects are left, the violation names the one that is closest to the cause: a registered device whose parent was
/// unregistered; else a registered device whose parent is no leak; else an unregistered device that is no other device's parent; else
/// the oldest object. The state of a device's state machine is not part of the finding's identity; whether the device was unregistered
/// is. A subchannel stays registered, with its private data, if the host still answers for its id. That is how Linux and QEMU behave
/// (device-stack.md 3.13, H6), and so it is no leak.
/// </remarks>
internal sealed class LeakCheck : IRestCheck
{
    /// <inheritdoc/>
    public Violation? Look(GuestKernel kernel)
    {
        HeapObject? leaked = null;
        foreach (var candidate in kernel.Heap.Live)
        {
            if (!IsLeak(candidate)) continue;
            if (leaked is null || Compare(candidate, leaked, kernel.Heap.Live) < 0) leaked = candidate;
        }
        if (leaked is null) return null;
        return leaked.Describe(ViolationKind.Leak, $"{leaked.TypeName} is never freed, allocated in {leaked.AllocatedAt?.Function}") with
        {
            Access = null,
            AccessContext = "",
            State = leaked is Device { IsRegistered: false } ? "unregistered" : "",
        };
    }

    private static bool IsLeak(HeapObject candidate) => candidate switch
    {
        Subchannel sch => !sch.IsRegistered,
        LockObject or IoSubchannelPrivate or ChannelSubsystemDevice => false,
        _ => true,
    };

    private static int Compare(HeapObject left, HeapObject right, IReadOnlyList<HeapObject> live)
    {
        var rank = Rank(left, live).CompareTo(Rank(right, live));
        return rank != 0 ? rank : left.Address.CompareTo(right.Address);
    }

    /// <summary>The lower, the closer to the cause.</summary>
    private static int Rank(HeapObject candidate, IReadOnlyList<HeapObject> live)
    {
        if (candidate is not Device device) return 5;
        if (device.IsRegistered)
        {
            if (device.Parent.Target is { IsRegistered: false }) return 0;
            return device.Parent.Target is { } parent && IsLeak(parent) ? 4 : 1;
        }
        foreach (var other in live)
            if (other is Device child && ReferenceEquals(child.Parent.Target, device)) return 3;
        return 2;
    }
}
