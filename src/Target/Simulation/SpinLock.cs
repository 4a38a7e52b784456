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
    /// <param name="nested">
    /// A lock of the same class is held already; the caller says that everybody takes the two in one order (spin_lock_nested).
    /// </param>
    public SimTask LockIrqSave(bool nested = false) => Take(irqsOff, nested);

    /// <summary>Takes it with softirqs off (spin_lock_bh); hardware interrupts still come in.</summary>
    /// <remarks>For locks that no hardware interrupt takes.</remarks>
    public SimTask LockBh() => Take(irqs: 0, nested: false);

    /// <summary>Takes it with softirqs off if it is free (spin_trylock in a softirq).</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryLockBh() => TryTake(irqs: 0);

    /// <summary>Takes it without a scheduling point before: for paths that are one unit in the model.</summary>
    /// <returns>Whether it was free.</returns>
    public bool TryLock() => TryTake(irqsOff);

    /// <summary>Releases it, and lets softirqs in (spin_unlock_bh).</summary>
    public SchedulingPoint UnlockBh()
    {
        Release(irqs: 0);
        return world.Scheduler.Point;
    }

    /// <summary>Releases it; interrupts that were held off may come at the next scheduling point.</summary>
    public void Unlock() => Release(irqsOff);

    /// <summary>Releases it, and lets happen what was held off (spin_unlock_irqrestore).</summary>
    public SchedulingPoint UnlockIrqRestore()
    {
        Release(irqsOff);
        return world.Scheduler.Point;
    }

    private async SimTask Take(int irqs, bool nested)
    {
        var me = world.Scheduler.Current;
        await world.Scheduler.Point;
        me.AtomicDepth++;
        me.IrqsOffDepth += irqs;
        while (Owner is not null)
        {
            if (ReferenceEquals(Owner, me))
                world.Fail(ViolationKind.Deadlock, $"{me.Name} takes {name}, which it already holds", name);
            (spinning ??= new()).Enqueue(me);
            await world.Scheduler.Spin($"spins for {name} held by {Owner.Name}");
        }
        Owner = me;
        history.Taken(world, me, unordered: nested);
    }

    private bool TryTake(int irqs)
    {
        if (Owner is not null) return false;
        var me = world.Scheduler.Current;
        me.AtomicDepth++;
        me.IrqsOffDepth += irqs;
        Owner = me;
        history.Taken(world, me, unordered: true);
        return true;
    }

    private void Release(int irqs)
    {
        var me = world.Scheduler.Current;
        world.Assert(ReferenceEquals(Owner, me), $"{me.Name} releases {name}, which it does not hold");
        Owner = null;
        history.Released(me);
        me.AtomicDepth--;
        me.IrqsOffDepth -= irqs;
        if (spinning is not null && spinning.TryDequeue(out var waiter)) world.Scheduler.Wake(waiter);
    }
}
