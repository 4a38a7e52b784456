using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I34, I35: ccw_io_helper() has one operation at a time, and returns the outcome of its own channel program.</summary>
/// <remarks>The host's side says how the program ended. Excused are programs that were killed, and devices that are gone.</remarks>
/// <param name="kernel">The guest.</param>
internal sealed class IoResultCheck(GuestKernel kernel)
{
    /// <summary>An operation was started.</summary>
    public IoStart Started(VirtioCcwDevice vcdev, uint flag)
    {
        if (vcdev.CurrIo != flag)
            kernel.World.Note(ViolationKind.Protocol, $"two operations in curr_io: {vcdev.CurrIo:x8}", vcdev.TypeName, "curr_io");
        if (vcdev.Cdev.Target is not { Parent.Target: Subchannel sch } cdev) return default;
        var isPretended = cdev.Private.Target is { FakeIrb: true };
        return kernel.Channel.Find(sch.Id) is { } host ? new IoStart(host, host.Starts, vcdev.Kills, isPretended) : default;
    }

    /// <summary>What was started was killed: any result is as good.</summary>
    public static void Killed(VirtioCcwDevice vcdev) => vcdev.Kills++;

    /// <summary>The result is returned.</summary>
    public void Returns(VirtioCcwDevice vcdev, in IoStart of, int result)
    {
        var (host, start) = (of.Sch, of.Number);
        if (host is null || of.Kills != vcdev.Kills || !host.IsAssigned || !host.Status.Pmcw.IsEnabled) return;
        if (of.IsPretended)
        {
            if (result == 0) Note(vcdev, result, "is that of a channel program that was never started");
            return;
        }
        if (host.Ended >= start)
        {
            if (host.Ended == start && result != OutcomeOf(host.EndedWith)) Note(vcdev, result, "is not that of its own channel program");
        }
        else if (host.Starts == start && (host.Status.Scsw.Functions & ScswControl.Start) != 0)
        {
            Note(vcdev, result, "comes before its channel program has ended");
        }
    }

    /// <summary>What the interrupt handler makes of the status (virtio_ccw_int_handler).</summary>
    private static int OutcomeOf(int endedWith) => endedWith switch
    {
        0 => 0,
        -Errno.ENOSYS => -Errno.EOPNOTSUPP,
        _ => -Errno.EIO,
    };

    private void Note(VirtioCcwDevice vcdev, int result, string what) => kernel.World.Note(
        ViolationKind.WrongResult, $"a result of {result} in {kernel.Scheduler.Current.Site.Function} {what}", vcdev.TypeName, what);
}
