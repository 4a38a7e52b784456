namespace CcwFuzz.Target.Simulation;

/// <summary>A sleeping lock (struct mutex).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">Name in traces and in reports of hangs, e.g. "vcdev->io_lock".</param>
/// <param name="isOrdered">Whether the order it is taken in is looked at; the kernel exempts device_lock.</param>
public sealed class Mutex(World world, string name, bool isOrdered = true)
{
    private LinkedList<Context>? waiting;
    private LockHistory history = new(name, isOrdered);

    /// <summary>Name in traces.</summary>
    public string Name => name;

    /// <summary>Who holds it.</summary>
    public Context? Owner { get; private set; }

    /// <summary>Takes it, sleeping while another context holds it (mutex_lock).</summary>
    public async SimTask Lock()
    {
        var me = world.Scheduler.Current;
        world.MightSleep(name);
        await world.Scheduler.Point;
        while (Owner is not null)
        {
            (waiting ??= new()).AddLast(me);
            var holder = ReferenceEquals(Owner, me) ? "itself" : Owner.Name;
            me.WaitingForMutex = this;
            await world.Scheduler.Sleep($"for {name} held by {holder}");
        }
        Owner = me;
        history.Taken(world, me);
    }

    /// <summary>Releases it and wakes the first waiter; whoever comes first takes it (mutex_unlock).</summary>
    public void Unlock()
    {
        var me = world.Scheduler.Current;
        world.Assert(ReferenceEquals(Owner, me), $"{me.Name} releases {name}, which it does not hold");
        Owner = null;
        history.Released(world.Scheduler.Current);
        if (waiting?.First is not { } first) return;
        waiting.RemoveFirst();
        world.Scheduler.Wake(first.Value);
    }
}
