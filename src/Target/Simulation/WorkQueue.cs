namespace CcwFuzz.Target.Simulation;

/// <summary>An item of a work queue (struct work_struct).</summary>
/// <param name="name">Name in traces, e.g. "ccw_device_todo".</param>
/// <param name="function">What it does.</param>
public sealed class WorkItem(string name, Func<SimTask> function)
{
    /// <summary>Name in traces.</summary>
    public string Name => name;

    /// <summary>Whether it is queued and did not start yet (work_pending).</summary>
    public bool IsPending { get; internal set; }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning { get; internal set; }

    internal Func<SimTask> Function => function;
}

/// <summary>A work queue with one worker: items run strictly one after the other.</summary>
public sealed class WorkQueue
{
    private readonly World world;
    private readonly Queue<WorkItem> items = new();
    private readonly WaitQueue idle;
    private readonly WaitQueue done;
    private readonly Context worker;
    private readonly string name;
    private LockHistory history;

    /// <summary>Creates the queue and its worker.</summary>
    /// <param name="world">Where it lives.</param>
    /// <param name="name">Name of the worker, e.g. "kworker/cio".</param>
    public WorkQueue(World world, string name)
    {
        ArgumentNullException.ThrowIfNull(world);
        this.world = world;
        idle = new WaitQueue(world, "work");
        done = new WaitQueue(world, "for work to finish");
        this.name = name;
        history = new LockHistory("(wq_completion)" + name.Replace("kworker/", "", StringComparison.Ordinal));
        worker = world.Scheduler.Spawn(ContextKind.Worker, name, Work);
    }

    /// <summary>The item that runs now.</summary>
    public WorkItem? Running { get; private set; }

    /// <summary>Whether nothing is queued or running.</summary>
    public bool IsEmpty => items.Count == 0 && Running is null;

    /// <summary>Queues an item (queue_work).</summary>
    /// <returns>False if it was already queued.</returns>
    public bool Queue(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (item.IsPending) return false;
        item.IsPending = true;
        items.Enqueue(item);
        idle.WakeUp();
        return true;
    }

    /// <summary>Waits until an item is neither queued nor running (flush_work, cancel_work_sync without the cancel).</summary>
    public async SimTask Flush(WorkItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        BeginFlush();
        while (true)
        {
            var ticket = done.Prepare();
            if (!item.IsPending && !item.IsRunning) return;
            await done.Sleep(ticket);
        }
    }

    /// <summary>Waits until everything queued before is done (flush_workqueue).</summary>
    public async SimTask FlushAll()
    {
        BeginFlush();
        while (true)
        {
            var ticket = done.Prepare();
            if (IsEmpty) return;
            await done.Sleep(ticket);
        }
    }

    /// <summary>Whoever waits for an item depends on all that items of the queue wait for, as lockdep has it.</summary>
    private void BeginFlush()
    {
        var me = world.Scheduler.Current;
        if (ReferenceEquals(me, worker))
        {
            var item = Running?.Name ?? "";
            world.Fail(ViolationKind.Deadlock, $"{item} waits for {name}, the queue that it runs on", name, item);
        }
        history.Taken(world, me);
        history.Released(me);
    }

    private async SimTask Work()
    {
        while (true)
        {
            var ticket = idle.Prepare();
            if (!items.TryDequeue(out var item))
            {
                await idle.Sleep(ticket, idle: true);
                continue;
            }
            item.IsPending = false;
            item.IsRunning = true;
            Running = item;
            history.Taken(world, worker);
            using (world.Enter(item.Name)) await item.Function();
            history.Released(worker);
            Running = null;
            item.IsRunning = false;
            done.WakeUp();
            await world.Scheduler.Point;
        }
    }
}
