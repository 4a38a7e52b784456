namespace CcwFuzz.Target.Simulation;

/// <summary>A wait queue (wait_queue_head_t).</summary>
/// <remarks>
/// The pattern of wait_event, safe against a wake-up between the test and the sleep:
/// <code>while (true) { var ticket = queue.Prepare(); if (condition) break; await queue.Sleep(ticket); }</code>
/// </remarks>
/// <param name="world">Where it lives.</param>
/// <param name="name">What a sleeper waits for, as a person would say it.</param>
public sealed class WaitQueue(World world, string name)
{
    private List<Context>? sleeping;
    private int wakeUps;

    /// <summary>Name in reports of hangs.</summary>
    public string Name => name;

    /// <summary>Whether somebody sleeps here (waitqueue_active).</summary>
    public bool IsActive => sleeping is { Count: > 0 };

    /// <summary>From here on a wake-up is not missed (prepare_to_wait, with the might_sleep that wait_event begins with).</summary>
    public int Prepare()
    {
        if (!world.Scheduler.Current.MaySleep) FailAtomic();
        return wakeUps;
    }

    /// <summary>Sleeps until woken, unless that happened since <paramref name="ticket"/> was taken.</summary>
    /// <param name="ticket">From <see cref="Prepare"/>.</param>
    /// <param name="idle">A server waiting for work: not a hang.</param>
    public async SimTask Sleep(int ticket, bool idle = false)
    {
        var me = world.Scheduler.Current;
        if (!me.MaySleep) FailAtomic();
        if (ticket != wakeUps) return;
        (sleeping ??= []).Add(me);
        me.IsIdle = idle;
        await world.Scheduler.Sleep(name);
        me.IsIdle = false;
    }

    /// <summary>Sleeps like <see cref="Sleep"/>; killing the process ends it as well (wait_event_interruptible).</summary>
    /// <param name="ticket">From <see cref="Prepare"/>.</param>
    /// <returns>0, or -EINTR if it was killed.</returns>
    public async SimTask<int> SleepInterruptible(int ticket)
    {
        var me = world.Scheduler.Current;
        if (me.IsKilled) return -Errno.EINTR;
        me.IsInterruptible = true;
        await Sleep(ticket);
        me.IsInterruptible = false;
        if (!me.IsKilled) return 0;
        sleeping?.Remove(me);
        return -Errno.EINTR;
    }

    /// <summary>Wakes everybody who sleeps here (wake_up).</summary>
    public void WakeUp()
    {
        wakeUps++;
        if (sleeping is null) return;
        foreach (var context in sleeping) world.Scheduler.Wake(context);
        sleeping.Clear();
    }

    private void FailAtomic()
    {
        var me = world.Scheduler.Current;
        world.Fail(ViolationKind.SleepInAtomic, $"{me.Name} sleeps in atomic context ({name})", name, me.Site.Function);
    }
}
