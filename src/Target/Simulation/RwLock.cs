namespace CcwFuzz.Target.Simulation;

/// <summary>A spinning reader-writer lock (rwlock_t) taken with interrupts off; readers do not exclude each other.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">Name in traces, e.g. "airq_info->lock".</param>
public sealed class RwLock(World world, string name)
{
    private Queue<Context>? spinning;
    private LockHistory history = new(name);
    private int readers;
    private Context? writer;

    /// <summary>Name in traces.</summary>
    public string Name => name;

    /// <summary>Takes it for reading (read_lock in an interrupt handler).</summary>
    public async SimTask ReadLock()
    {
        var me = Enter();
        await world.Scheduler.Point;
        while (writer is not null)
        {
            (spinning ??= new()).Enqueue(me);
            await world.Scheduler.Spin($"spins for {name} written by {writer.Name}");
        }
        readers++;
        history.Taken(world, me, read: true);
    }

    /// <summary>Releases it after reading.</summary>
    public void ReadUnlock()
    {
        readers--;
        history.Released(world.Scheduler.Current, read: true);
        Leave();
    }

    /// <summary>Takes it for writing (write_lock_irqsave).</summary>
    public async SimTask WriteLock()
    {
        await world.Scheduler.Point;
        var me = Enter();
        while (writer is not null || readers > 0)
        {
            (spinning ??= new()).Enqueue(me);
            await world.Scheduler.Spin($"spins to write {name}");
        }
        writer = me;
        history.Taken(world, me);
    }

    /// <summary>Releases it after writing.</summary>
    public SchedulingPoint WriteUnlock()
    {
        writer = null;
        history.Released(world.Scheduler.Current);
        Leave();
        return world.Scheduler.Point;
    }

    private Context Enter()
    {
        var me = world.Scheduler.Current;
        me.AtomicDepth++;
        me.IrqsOffDepth++;
        return me;
    }

    private void Leave()
    {
        var me = world.Scheduler.Current;
        me.AtomicDepth--;
        me.IrqsOffDepth--;
        while (spinning is not null && spinning.TryDequeue(out var waiter)) world.Scheduler.Wake(waiter);
    }
}
