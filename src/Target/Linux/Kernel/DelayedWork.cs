using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>An item of the system's work queues that is queued when a timer expires (struct delayed_work).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">The kernel's name of the function.</param>
/// <param name="function">What it does.</param>
public sealed class DelayedWork(World world, string name, Func<SimTask> function)
{
    private readonly SystemWork work = new(world, name, function);
    private Timer? timer;
    private int canceling;

    /// <summary>Waits for its time, or is queued, and did not start yet (delayed_work_pending).</summary>
    public bool IsPending => work.IsPending || timer is { IsPending: true };

    /// <summary>Queues it, now or later (schedule_delayed_work).</summary>
    /// <param name="milliseconds">Of virtual time; 0 for now.</param>
    /// <returns>False if it is pending already, or being cancelled.</returns>
    public bool Schedule(long milliseconds)
    {
        if (IsPending || canceling > 0) return false;
        if (milliseconds <= 0) return work.Schedule();
        timer ??= new Timer(world.Scheduler, "delayed_work_timer_fn", () =>
        {
            work.Schedule();
            return SimTask.Done;
        });
        timer.Start(milliseconds);
        return true;
    }

    /// <summary>Queues it now, whatever time it waits for (mod_delayed_work without a delay).</summary>
    public void ScheduleNow()
    {
        timer?.Stop();
        if (canceling == 0) work.Schedule();
    }

    /// <summary>Cancels it and waits until it ended; it cannot queue itself again meanwhile (cancel_delayed_work_sync).</summary>
    public async SimTask CancelSync()
    {
        canceling++;
        timer?.Stop();
        await work.CancelSync();
        canceling--;
    }
}
