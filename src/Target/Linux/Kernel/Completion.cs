using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Kernel;

/// <summary>Something that a task waits for and another one reports (struct completion, kernel/sched/completion.c).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="name">What a sleeper waits for, as a person would say it.</param>
public sealed class Completion(World world, string name)
{
    private const int All = int.MaxValue;
    private readonly WaitQueue waiting = new(world, name);
    private int done;

    /// <summary>Whether the next wait returns at once (completion_done).</summary>
    public bool IsDone => done > 0;

    /// <summary>Lets one waiter go on, now or later (complete).</summary>
    public void Complete()
    {
        if (done != All) done++;
        waiting.WakeUp();
    }

    /// <summary>Lets all waiters go on for ever (complete_all).</summary>
    public void CompleteAll()
    {
        done = All;
        waiting.WakeUp();
    }

    /// <summary>Forgets what was completed (reinit_completion).</summary>
    public void Reinit() => done = 0;

    /// <summary>Waits (wait_for_completion).</summary>
    public async SimTask Wait()
    {
        while (true)
        {
            var ticket = waiting.Prepare();
            if (TryTake()) return;
            await waiting.Sleep(ticket);
        }
    }

    /// <summary>Waits for some time (wait_for_completion_timeout).</summary>
    /// <param name="milliseconds">Of virtual time.</param>
    /// <returns>False if the time passed first.</returns>
    public async SimTask<bool> Wait(long milliseconds)
    {
        var expired = false;
        var timer = new Timer(world.Scheduler, name, () =>
        {
            expired = true;
            waiting.WakeUp();
            return SimTask.Done;
        });
        timer.Start(milliseconds);
        while (true)
        {
            var ticket = waiting.Prepare();
            if (TryTake()) break;
            if (expired) return false;
            await waiting.Sleep(ticket);
        }
        timer.Stop();
        return true;
    }

    private bool TryTake()
    {
        if (done == 0) return false;
        if (done != All) done--;
        return true;
    }
}
