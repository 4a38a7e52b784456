using System.Runtime.CompilerServices;

namespace CcwFuzz.Target.Simulation;

/// <summary>A place where the running context could lose its CPU, take an interrupt, or be overtaken by another CPU.</summary>
/// <remarks>Awaiting it costs a few nanoseconds when nothing else could run (device-stack.md section 9).</remarks>
public readonly struct SchedulingPoint : ICriticalNotifyCompletion, ISimAwaiter
{
    private readonly Scheduler scheduler;
    private readonly bool relax;

    internal SchedulingPoint(Scheduler scheduler, bool relax)
    {
        this.scheduler = scheduler;
        this.relax = relax;
    }

    /// <summary>For await.</summary>
    public SchedulingPoint GetAwaiter() => this;

    /// <summary>Whether the schedule lets the running context go on.</summary>
    public bool IsCompleted => relax ? scheduler.PassRelax() : scheduler.PassPoint();

    /// <summary>Ends the await.</summary>
    public void GetResult()
    {
    }

    void ISimAwaiter.Park(Fiber fiber) => scheduler.Current.Suspended = fiber;

    /// <summary>Not used: only guest functions await scheduling points.</summary>
    public void OnCompleted(Action continuation) => throw new NotSupportedException();

    /// <summary>Not used: only guest functions await scheduling points.</summary>
    public void UnsafeOnCompleted(Action continuation) => throw new NotSupportedException();
}

/// <summary>Parks the running context until somebody makes it ready again.</summary>
internal readonly struct Suspension : ICriticalNotifyCompletion, ISimAwaiter
{
    private readonly Scheduler? scheduler;

    internal Suspension(Scheduler? scheduler) => this.scheduler = scheduler;

    public Suspension GetAwaiter() => this;

    public bool IsCompleted => scheduler is null;

    public void GetResult()
    {
    }

    void ISimAwaiter.Park(Fiber fiber) => scheduler!.Current.Suspended = fiber;

    public void OnCompleted(Action continuation) => throw new NotSupportedException();

    public void UnsafeOnCompleted(Action continuation) => throw new NotSupportedException();
}
