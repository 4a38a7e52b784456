using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>Work that an interrupt handler leaves to a softirq (struct tasklet_struct, kernel/softirq.c).</summary>
/// <remarks>It is part of its owner's memory: nobody holds anything for it while it is scheduled.</remarks>
public sealed class Tasklet
{
    private readonly World world;
    private readonly Func<SimTask> function;
    private readonly Timer softirq;
    private bool isRunning;
    private bool isWanted;

    /// <summary>Makes one that is not scheduled (tasklet_init).</summary>
    /// <param name="world">Where it lives.</param>
    /// <param name="name">The kernel's name of the function.</param>
    /// <param name="function">What it does.</param>
    public Tasklet(World world, string name, Func<SimTask> function)
    {
        ArgumentNullException.ThrowIfNull(world);
        this.world = world;
        this.function = function;
        softirq = new Timer(world.Scheduler, name, Run);
    }

    /// <summary>Lets it run soon, once, however often this is called until it begins (tasklet_schedule).</summary>
    public void Schedule()
    {
        if (softirq.IsPending || isWanted) return;
        softirq.IsPending = true;
        world.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Tasklet, Timer = softirq });
    }

    /// <summary>Waits until it is neither scheduled nor running; it may be scheduled again afterwards (tasklet_kill).</summary>
    public async SimTask Kill()
    {
        world.MightSleep("a tasklet to end");
        while (softirq.IsPending || isWanted || isRunning) await world.Scheduler.Relax;
    }

    /// <summary>Models tasklet_action_common(): what is scheduled while it runs elsewhere has its turn afterwards.</summary>
    private async SimTask Run()
    {
        using var frame = world.Enter("tasklet_action_common");
        isWanted = true;
        if (isRunning) return;
        isRunning = true;
        while (isWanted)
        {
            isWanted = false;
            await function();
        }
        isRunning = false;
    }
}
