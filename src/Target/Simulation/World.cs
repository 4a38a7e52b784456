using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using CallSite = CcwFuzz.Target.Simulation.CallSite;

namespace CcwFuzz.Target.Simulation;

/// <summary>What everything inside one execution shares: the scheduler, the trace, the features reached.</summary>
/// <remarks>One world is used again and again; <see cref="Reset"/> makes it new. Not thread safe, and need not be.</remarks>
public sealed class World
{
    private uint run;

    /// <summary>Creates a world with <paramref name="cpus"/> virtual CPUs (1 or more).</summary>
    public World(int cpus = 2)
    {
        Scheduler = new Scheduler(this, cpus);
        LockOrder = new LockOrder(this);
        Trace = new Trace(this);
    }

    /// <summary>Functions that an execution may enter: ends loops that never come to a scheduling point.</summary>
    private const int EntryLimit = 20_000_000;

    private int entries;

    /// <summary>The world whose execution was started last, for code without a reference to one, such as that of a NULL pointer.</summary>
    public static World? Active { get; private set; }

    /// <summary>Who runs next.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>The record of this execution.</summary>
    public Trace Trace { get; }

    /// <summary>What this execution reached.</summary>
    public FeatureMap Features { get; } = new();

    /// <summary>What of the campaign did something.</summary>
    public EffectLog Effects { get; } = new();

    /// <summary>Arrays that the guest needs anew in each execution.</summary>
    public ReusedArrays Arrays { get; } = new();

    /// <summary>In which order locks are taken.</summary>
    internal LockOrder LockOrder { get; }

    /// <summary>The first violation that nobody has met yet, or null; it counts if the execution meets no other one.</summary>
    public Violation? Noted { get; private set; }

    /// <summary>Marks the start of a kernel function in the running context; dispose the result at its end.</summary>
    /// <param name="function">The kernel's or QEMU's name of the function.</param>
    public CallFrame Enter(string function)
    {
        var context = Scheduler.Current;
        var caller = context.Site;
        var site = caller.Enter(function);
        if (site.VisitedIn != run)
        {
            site.VisitedIn = run;
            Features.Hit(site.Hash);
        }
        if (Trace.On) Trace.Count(function);
        if (++entries > EntryLimit) Scheduler.Livelock("no end without a step");
        context.Site = site;
        return new CallFrame(context, caller);
    }

    /// <summary>Ends the execution with a violation of the running context.</summary>
    [DoesNotReturn]
    public void Fail(ViolationKind kind, string message, string objectType = "", string state = "") =>
        Fail(new Violation
        {
            Kind = kind,
            Message = message,
            ObjectType = objectType,
            State = state,
            Access = Scheduler.Current.Site,
            AccessContext = Scheduler.Current.Name,
        });

    /// <summary>Ends the execution with a violation.</summary>
    [DoesNotReturn]
    public void Fail(Violation violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        Trace.Add(TraceKind.Violation, $"{violation.KindName}: {violation.Message}");
        throw new ViolationException(violation);
    }

    /// <summary>Notes a violation without ending the execution: what comes of it would be the better finding.</summary>
    public void Note(Violation violation)
    {
        ArgumentNullException.ThrowIfNull(violation);
        if (Noted is not null) return;
        Noted = violation;
        Trace.Add(TraceKind.Log, $"noted: {violation.KindName}: {violation.Message}");
    }

    /// <summary>Notes a violation of the running context.</summary>
    public void Note(ViolationKind kind, string message, string objectType, string state = "")
    {
        if (Noted is not null) return;
        Note(new Violation
        {
            Kind = kind,
            Message = message,
            ObjectType = objectType,
            State = state,
            Access = Scheduler.Current.Site,
            AccessContext = Scheduler.Current.Name,
        });
    }

    /// <summary>The running context is about to do what may sleep (might_sleep).</summary>
    /// <param name="what">What it may sleep for.</param>
    /// <exception cref="ViolationException">It must not.</exception>
    public void MightSleep(string what)
    {
        var me = Scheduler.Current;
        if (me.MaySleep) return;
        Fail(ViolationKind.SleepInAtomic, $"{me.Name} may sleep for {what} in atomic context", what, me.Site.Function);
    }

    /// <summary>An assertion of the model itself; it stays on in Release.</summary>
    public void Assert([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition) Fail(ViolationKind.ModelError, message);
    }

    /// <summary>As above, with a message that is formatted only if it is needed.</summary>
    public void Assert(
        [DoesNotReturnIf(false)] bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref AssertText message)
    {
        if (!condition) Fail(ViolationKind.ModelError, message.ToString());
    }

    /// <summary>Starts a new execution.</summary>
    public void Reset()
    {
        run++;
        entries = 0;
        Active = this;
        Noted = null;
        LockOrder.Reset();
        Trace.Reset();
        Features.Reset();
        Effects.Reset();
        Arrays.Reset();
        EdgeMap.Reset();
        Scheduler.Reset();
    }
}

/// <summary>The extent of one kernel function on the stack of its context.</summary>
public readonly struct CallFrame : IDisposable
{
    private readonly Context context;
    private readonly CallSite caller;

    internal CallFrame(Context context, CallSite caller)
    {
        this.context = context;
        this.caller = caller;
    }

    /// <summary>Returns to the caller.</summary>
    public void Dispose() => context.Site = caller;
}
