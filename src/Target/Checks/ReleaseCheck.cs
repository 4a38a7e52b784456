using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I9, I12: what is released has no timer and no work any more, and a subchannel goes after its ccw device.</summary>
/// <remarks>A work item may drop the last reference itself, at its end.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class ReleaseCheck(GuestKernel kernel)
{
    /// <summary>The last reference of a ccw device is gone.</summary>
    public void Releasing(CcwDevice cdev)
    {
        if (cdev.Private.Target is not { } priv) return;
        if (priv.Timer is { IsPending: true }) Note(cdev, "its timer is pending");
        if (priv.TodoWork is { IsPending: true }) Note(cdev, "its work is queued");
    }

    /// <summary>The last reference of a subchannel is gone.</summary>
    public void Releasing(Subchannel sch)
    {
        if (sch.TodoWork is { IsPending: true }) Note(sch, "its work is queued");
        foreach (var other in kernel.Heap.Live)
            if (other is CcwDevice { RefCount: > 0 } cdev && ReferenceEquals(cdev.Parent.Target, sch))
                Note(sch, "its ccw device is referenced");
    }

    private void Note(Device device, string why) =>
        kernel.World.Note(ViolationKind.RefCount, $"{device.Name} is released, and {why}", device.TypeName, why);
}
