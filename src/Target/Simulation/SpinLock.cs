namespace CcwFuzz.Target.Simulation;

/// <summary>A spinlock (spinlock_t), always taken with interrupts off: the stack's own locks are irqsave locks.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">Name in traces and lock orders, e.g. "sch->lock".</param>
public sealed class SpinLock(World world, string name)
{
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
        me.IrqsOffDepth++;
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

    /// <summary>Takes it without a scheduling point before: for paths that are one unit in the model.</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryLock()
    {
        if (Owner is not null) return false;
        var me = world.Scheduler.Current;
        me.AtomicDepth++;
        me.IrqsOffDepth++;
        Owner = me;
        history.Taken(world, me);
        return true;
    }

    /// <summary>Releases it; interrupts that were held off may come at the next scheduling point.</summary>
    public void Unlock()
    {
        var me = world.Scheduler.Current;
        world.Assert(ReferenceEquals(Owner, me), $"{me.Name} releases {name}, which it does not hold");
        Owner = null;
        me.AtomicDepth--;
        me.IrqsOffDepth--;
        if (spinning is not null && spinning.TryDequeue(out var waiter)) world.Scheduler.Wake(waiter);
    }

    /// <summary>Releases it, and lets happen what was held off (spin_unlock_irqrestore).</summary>
    public SchedulingPoint UnlockIrqRestore()
    {
        Unlock();
        return world.Scheduler.Point;
    }
}
