using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I42: a driver hears that its device is gone before it loses it, and breaks the queues then.</summary>
/// <remarks>Looked at where the common I/O layer takes the device away, not where a user does while it vanishes.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class GoneNotifiedCheck(GuestKernel kernel)
{
    /// <summary>The virtio device is about to be unregistered.</summary>
    /// <param name="cdev">The ccw device.</param>
    /// <param name="vcdev">The virtio device.</param>
    /// <param name="givenUp">The guest may have given the device up: a path was varied off, or it is ignored and was purged.</param>
    public void Unregistering(CcwDevice cdev, VirtioCcwDevice vcdev, bool givenUp)
    {
        if (vcdev.DeviceLost)
        {
            foreach (var vq in vcdev.Vqs)
                if (vq.Target is { Broken: false }) Note(vcdev, "is taken away with a queue that is not broken", explainsWaits: true);
            return;
        }
        if (givenUp || !cdev.IsDead || kernel.Scheduler.Current.Kind != ContextKind.Worker) return;
        if (cdev.Parent.Target is Subchannel sch && kernel.Channel.Find(sch.Id) is not { Status.Pmcw.IsDeviceNumberValid: true })
            Note(vcdev, "is taken away, and was not told that it is gone");
    }

    private void Note(HeapObject vcdev, string what, bool explainsWaits = false) => kernel.World.Note(new Violation
    {
        Kind = ViolationKind.Protocol,
        Message = $"a {vcdev.TypeName} {what}",
        ObjectType = vcdev.TypeName,
        State = what,
        Access = kernel.Scheduler.Current.Site,
        AccessContext = kernel.Scheduler.Current.Name,
        ExplainsWaits = explainsWaits,
    });
}
