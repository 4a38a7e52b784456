namespace CcwFuzz.Target.Simulation;

/// <summary>A spinlock (spinlock_t), nearly always taken with interrupts off: the stack's own locks are irqsave locks.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">Name in traces and lock orders, e.g. "sch->lock".</param>
/// <param name="irqsStayOn">A lock that no interrupt handler takes (spin_lock).</param>
public sealed class SpinLock(World world, string name, bool irqsStayOn = false)
{
    private readonly int irqsOff = irqsStayOn ? 0 : 1;
    private Queue<Context>? spinning;
    private LockHistory history = new(name);

    /// <summary>Name in traces.</summary>
    public string Name => name;

    /// <summary>Who holds it.</summary>
    public Context? Owner { get; private set; }

    /// <summary>Whether the running context holds it.</summary>
    public bool IsHeld => ReferenceEquals(Owner, world.Scheduler.Current);

    /// <summary>Takes it, spinning while another CPU holds it (spin_lock_irqsave).</summary>
    /// <remarks>Interrupts are off while it spins, as they are in the kernel.</remarks>
    public async SimTask LockIrqSave()
    {
        var me = world.Scheduler.Current;
        await world.Scheduler.Point;
        me.AtomicDepth++;
        me.IrqsOffDepth += irqsOff;
        while (Owner is not null)
        {
            if (ReferenceEquals(Owner, me))
                world.Fail(ViolationKind.Deadlock, $"{me.Name} takes {name}, which it already holds", name);
            (spinning ??= new()).Enqueue(me);
            await world.Scheduler.Spin($"spins for {name} held by {Owner.Name}");
        }
        Owner = me;
        history.Taken(world, me);
    }

    /// <summary>Takes it with softirqs off (spin_lock_bh); hardware interrupts still come in.</summary>
    /// <remarks>For locks that no hardware interrupt takes.</remarks>
    public async SimTask LockBh()
    {
        var me = world.Scheduler.Current;
        await world.Scheduler.Point;
        me.AtomicDepth++;
        while (Owner is not null)
        {
            if (ReferenceEquals(Owner, me))
                world.Fail(ViolationKind.Deadlock, $"{me.Name} takes {name}, which it already holds", name);
            (spinning ??= new()).Enqueue(me);
            await world.Scheduler.Spin($"spins for {name} held by {Owner.Name}");
        }
        Owner = me;
        history.Taken(world, me);
    }

    /// <summary>Takes it with softirqs off if it is free (spin_trylock in a softirq).</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryLockBh()
    {
        if (Owner is not null) return false;
        Owner = world.Scheduler.Current;
        Owner.AtomicDepth++;
        history.Taken(world, Owner, tried: true);
        return true;
    }

    /// <summary>Releases it, and lets softirqs in (spin_unlock_bh).</summary>
    public SchedulingPoint UnlockBh()
    {
        var me = world.Scheduler.Current;
        world.Assert(ReferenceEquals(Owner, me), $"{me.Name} releases {name}, which it does not hold");
        Owner = null;
        history.Released(me);
        me.AtomicDepth--;
        if (spinning is not null && spinning.TryDequeue(out var waiter)) world.Scheduler.Wake(waiter);
        return world.Scheduler.Point;
    }

    /// <summary>Takes it without a scheduling point before: for paths that are one unit in the model.</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryLock()
    {
        if (Owner is not null) return false;
        var me = world.Scheduler.Current;
        me.AtomicDepth++;
        me.IrqsOffDepth += irqsOff;
        Owner = me;
        history.Taken(world, me, tried: true);
        return true;
    }

    /// <summary>Releases it; interrupts that were held off may come at the next scheduling point.</summary>
    public void Unlock()
    {
        var me = world.Scheduler.Current;
        world.Assert(ReferenceEquals(Owner, me), $"{me.Name} releases {name}, which it does not hold");
        Owner = null;
        history.Released(me);
        me.AtomicDepth--;
        me.IrqsOffDepth -= irqsOff;
        if (spinning is not null && spinning.TryDequeue(out var waiter)) world.Scheduler.Wake(waiter);
    }

    /// <summary>Releases it, and lets happen what was held off (spin_unlock_irqrestore).</summary>
    public SchedulingPoint UnlockIrqRestore()
    {
        Unlock();
        return world.Scheduler.Point;
    }
}
