namespace CcwFuzz.Target.Simulation;

/// <summary>A kernel timer on virtual time (struct timer_list); its handler runs as a softirq.</summary>
/// <param name="scheduler">Keeps the time.</param>
/// <param name="name">Name in traces, e.g. "ccw_device_timeout".</param>
/// <param name="handler">Called once when the timer expires.</param>
public sealed class Timer(Scheduler scheduler, string name, Func<SimTask> handler)
{
    /// <summary>Name in traces.</summary>
    public string Name => name;

    /// <summary>Expiry in milliseconds of virtual time; meaningless unless pending.</summary>
    public long Expires { get; private set; }

    /// <summary>Whether it is armed and did not expire yet (timer_pending).</summary>
    public bool IsPending { get; internal set; }

    internal Func<SimTask> Handler => handler;

    /// <summary>Arms it, or moves it (mod_timer).</summary>
    public void Start(long delayMilliseconds)
    {
        Expires = scheduler.Now + delayMilliseconds;
        if (IsPending) return;
        IsPending = true;
        scheduler.AddTimer(this);
    }

    /// <summary>Disarms it; a handler that already runs goes on (del_timer, not del_timer_sync).</summary>
    public void Stop()
    {
        if (!IsPending) return;
        IsPending = false;
        scheduler.RemoveTimer(this);
    }

    /// <summary>Disarms it, and waits for a handler that runs (del_timer_sync).</summary>
    public async SimTask StopAndWait()
    {
        Stop();
        while (scheduler.Runs(this)) await scheduler.Relax;
    }
}
