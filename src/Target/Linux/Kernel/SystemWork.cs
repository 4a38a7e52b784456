using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>An item of the system's work queues (struct work_struct on system_wq, kblockd and the like).</summary>
/// <remarks>Different items run at the same time, each in a worker of its own; one item never runs twice at once.</remarks>
/// <param name="world">Where it lives.</param>
/// <param name="name">The kernel's name of the function.</param>
/// <param name="function">What it does.</param>
public sealed class SystemWork(World world, string name, Func<SimTask> function)
{
    private readonly WaitQueue done = new(world, "for work to finish");
    private bool hasWorker;
    private bool isRunning;
    private bool isCanceling;

    /// <summary>Queued, and did not start yet (work_pending).</summary>
    public bool IsPending { get; private set; }

    /// <summary>Queues it (schedule_work).</summary>
    /// <returns>False if it was queued already, or is being cancelled.</returns>
    public bool Schedule()
    {
        if (IsPending || isCanceling) return false;
        IsPending = true;
        if (hasWorker) return true;
        hasWorker = true;
        world.Scheduler.Spawn(ContextKind.Worker, "kworker/events", Run);
        return true;
    }

    /// <summary>Waits until it is neither queued nor running (flush_work).</summary>
    public async SimTask Flush()
    {
        while (true)
        {
            var ticket = done.Prepare();
            if (!IsPending && !isRunning) return;
            await done.Sleep(ticket);
        }
    }

    /// <summary>Takes it out of the queue, or waits until it ended; meanwhile it cannot queue itself again (cancel_work_sync).</summary>
    public async SimTask CancelSync()
    {
        IsPending = false;
        isCanceling = true;
        await Flush();
        isCanceling = false;
    }

    private async SimTask Run()
    {
        while (IsPending)
        {
            IsPending = false;
            isRunning = true;
            using (world.Enter(name)) await function();
            isRunning = false;
            done.WakeUp();
            await world.Scheduler.Point;
        }
        hasWorker = false;
    }
}
