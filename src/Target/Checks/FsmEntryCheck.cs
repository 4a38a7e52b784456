using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I33, I37: the state machine is entered with the device's lock held, and whoever waits for it sees it move.</summary>
/// <param name="world">Where violations go.</param>
internal sealed class FsmEntryCheck(World world)
{
    /// <summary>Rounds of ccw_io_helper() without an event: no schedule starves anybody for as long.</summary>
    public const int BusyLimit = 10_000;

    /// <summary>An event enters the state machine.</summary>
    public void Event(CcwDevice cdev)
    {
        if (cdev.Private.Target is { } priv) priv.BusyRounds = 0;
        if (cdev.CcwLock.Target is { } gate && !gate.Spin.IsHeld)
            world.Note(ViolationKind.Protocol, $"an event of {cdev.Name} without its lock", cdev.TypeName, cdev.StateName);
    }

    /// <summary>A start was refused with -EBUSY once more.</summary>
    public void Busy(CcwDevice cdev)
    {
        if (cdev.Private.Target is not { } priv || ++priv.BusyRounds <= BusyLimit) return;
        var where = world.Scheduler.Current.Site.Function;
        world.Fail(ViolationKind.Livelock, $"{cdev.Name} stays busy, and no event comes (in {where})", state: where);
    }
}
