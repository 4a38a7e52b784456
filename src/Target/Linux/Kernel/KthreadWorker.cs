using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>An item for a <see cref="KthreadWorker"/> (struct kthread_work).</summary>
/// <param name="name">The kernel's name of the function.</param>
/// <param name="function">What it does.</param>
public sealed class KthreadWork(string name, Func<SimTask> function)
{
    internal string Name => name;

    internal Func<SimTask> Function => function;

    /// <summary>Queued, and did not start yet.</summary>
    internal bool IsPending { get; set; }
}

/// <summary>A kernel thread that does what is queued for it, one item after the other (struct kthread_worker, kernel/kthread.c).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">Name of its thread.</param>
public sealed class KthreadWorker(World world, string name) : HeapObject
{
    private readonly Queue<KthreadWork> list = new();
    private readonly WaitQueue done = new(world, "for the worker to have nothing to do");
    private KernelThread? thread;
    private bool isRunning;

    /// <inheritdoc/>
    public override string TypeName => "struct kthread_worker";

    /// <summary>Starts the thread (kthread_create_worker).</summary>
    internal void Start() => thread = KernelThread.Run(world, name, Loop);

    /// <summary>Queues an item (kthread_queue_work).</summary>
    /// <returns>False if it is queued already.</returns>
    internal bool Enqueue(KthreadWork work)
    {
        if (work.IsPending) return false;
        work.IsPending = true;
        list.Enqueue(work);
        thread!.Wake();
        return true;
    }

    /// <summary>Models kthread_destroy_worker(): does what is queued, and stops the thread; the caller frees the structure.</summary>
    internal async SimTask Destroy()
    {
        using var frame = world.Enter("kthread_destroy_worker");
        while (true)
        {
            var ticket = done.Prepare();
            if (list.Count == 0 && !isRunning) break;
            await done.Sleep(ticket);
        }
        await thread!.Stop();
    }

    /// <summary>Models kthread_worker_fn().</summary>
    private async SimTask Loop(KernelThread me)
    {
        using var frame = world.Enter("kthread_worker_fn");
        while (true)
        {
            var ticket = me.Prepare();
            if (me.ShouldStop) return;
            if (!list.TryDequeue(out var work))
            {
                await me.Sleep(ticket);
                continue;
            }
            work.IsPending = false;
            isRunning = true;
            using (world.Enter(work.Name)) await work.Function();
            isRunning = false;
            done.WakeUp();
            await world.Scheduler.Point;
        }
    }
}
