using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>A kernel thread that can be told to stop (kernel/kthread.c).</summary>
public sealed class KernelThread
{
    private readonly WaitQueue wake;
    private readonly Completion exited;

    private KernelThread(World world, string name)
    {
        wake = new WaitQueue(world, "to be woken");
        exited = new Completion(world, $"for {name} to stop");
    }

    /// <summary>Somebody wants it to end (kthread_should_stop).</summary>
    public bool ShouldStop { get; private set; }

    /// <summary>Starts a thread (kthread_run).</summary>
    /// <param name="world">Where it lives.</param>
    /// <param name="name">Name of its context, e.g. "hwrng".</param>
    /// <param name="body">What it does.</param>
    public static KernelThread Run(World world, string name, Func<KernelThread, SimTask> body)
    {
        ArgumentNullException.ThrowIfNull(world);
        var thread = new KernelThread(world, name);
        world.Scheduler.Spawn(ContextKind.KernelThread, name, async () =>
        {
            await body(thread);
            thread.exited.Complete();
        });
        return thread;
    }

    /// <summary>Tells it to stop and waits until it did (kthread_stop).</summary>
    public SimTask Stop()
    {
        ShouldStop = true;
        wake.WakeUp();
        return exited.Wait();
    }

    /// <summary>Wakes it from <see cref="Sleep"/> (wake_up_process).</summary>
    public void Wake() => wake.WakeUp();

    /// <summary>From here on a wake-up is not missed (set_current_state).</summary>
    public int Prepare() => wake.Prepare();

    /// <summary>Sleeps until woken; it has nothing to do.</summary>
    /// <param name="ticket">From <see cref="Prepare"/>.</param>
    public SimTask Sleep(int ticket) => wake.Sleep(ticket, idle: true);
}
