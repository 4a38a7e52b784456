using System.Runtime.ExceptionServices;

namespace CcwFuzz.Target.Simulation;

/// <summary>Why <see cref="Scheduler.Run"/> returned.</summary>
public enum RunEnd
{
    /// <summary>Nothing can run now; timers may be pending.</summary>
    Quiet,
    /// <summary>The number of points asked for was passed.</summary>
    Stopped,
}

/// <summary>A deterministic scheduler over a few virtual CPUs, on one real thread.</summary>
/// <remarks>
/// Without deviations it runs to completion: interrupts are taken as soon as the running CPU allows it, a context runs
/// until it blocks, ready contexts are served in the order they became ready. A strategy may choose otherwise wherever
/// more than one thing could happen. A decision costs time linear in the number of contexts, which is small.
/// </remarks>
public sealed partial class Scheduler
{
    private readonly World world;
    private readonly Cpu[] cpus;
    private readonly Cpu hostCpu = new(-1);
    private readonly List<Context> ready = [];
    private readonly List<Context> contexts = [];

    /// <summary>All contexts of this execution, then those of earlier ones that can be used again.</summary>
    private readonly List<Context> everMade = [];

    private readonly List<PendingInterrupt> interrupts = [];
    private readonly List<Timer> timers = [];
    private readonly List<Deviation> taken = [];
    private readonly List<int> beginnings = [];
    private readonly Func<PendingInterrupt, SimTask>?[] vectors = new Func<PendingInterrupt, SimTask>?[5];
    private readonly Dictionary<string, CallSite> roots = [];
    private readonly Context host;
    private Context current;
    private Context? preferred;
    private Choice next;
    private bool hasNext;
    private int budget;
    private bool stopped;
    private int operation;
    private int point;
    private int relaxRounds;

    internal Scheduler(World world, int cpuCount)
    {
        this.world = world;
        cpus = new Cpu[cpuCount];
        for (var i = 0; i < cpuCount; i++) cpus[i] = new Cpu(i);
        host = new Context(world, 0, ContextKind.Host, "host", CallSite.Root("host"));
        current = host;
    }

    /// <summary>Points after which an execution counts as a livelock; far above what any campaign needs.</summary>
    public int StepLimit { get; set; } = 400_000;

    /// <summary>Rounds of polling with nothing else to run after which it counts as a livelock.</summary>
    public int RelaxLimit { get; set; } = 500;

    /// <summary>
    /// Called when the guest only polls, and no timer and no other context can change that. The host then continues what it held
    /// back, and the result says whether there was something. So the guest never waits for ever for what the host holds back.
    /// </summary>
    public Func<bool>? HeldBack { get; set; }

    /// <summary>Decides where there is a choice.</summary>
    public IScheduleStrategy Strategy { get; set; } = Strategies.RunToCompletion.Instance;

    /// <summary>Who runs; the host when no guest context does.</summary>
    public Context Current => current;

    /// <summary>Scheduling points passed since the execution began.</summary>
    public int Steps { get; private set; }

    /// <summary>Decisions taken since the execution began.</summary>
    public int Decisions { get; private set; }

    /// <summary>Decisions that were taken before the running operation began.</summary>
    public int DecisionsBefore { get; private set; }

    /// <summary>Points that had been passed when each operation began, and when the campaign ended.</summary>
    public IReadOnlyList<int> Beginnings => beginnings;

    /// <summary>Virtual time in milliseconds.</summary>
    public long Now { get; private set; }

    /// <summary>Number of the campaign operation that was started last.</summary>
    public int Operation => operation;

    /// <summary>The departures from run-to-completion that were taken, in order.</summary>
    public IReadOnlyList<Deviation> Taken => taken;

    /// <summary>All contexts that did not finish.</summary>
    public IReadOnlyList<Context> Contexts => contexts;

    /// <summary>A place where something else could happen (device-stack.md section 9).</summary>
    public SchedulingPoint Point => new(this, relax: false);

    /// <summary>A round of a polling loop (cpu_relax): by default everything else goes first.</summary>
    public SchedulingPoint Relax => new(this, relax: true);

    /// <summary>The context that was running when the schedule was stopped; null if everything had come to rest.</summary>
    internal Context? Stalled => stalled;

    /// <summary>Tells the schedule that the campaign's next operation starts.</summary>
    public void BeginOperation(int number)
    {
        operation = number;
        point = 0;
        DecisionsBefore = Decisions;
        if (number >= 0) beginnings.Add(Steps);
    }

    /// <summary>Sets the handler of a class of interrupts.</summary>
    public void SetVector(InterruptClass @class, Func<PendingInterrupt, SimTask> handler) => vectors[(int)@class] = handler;

    /// <summary>Creates a context; it starts when the schedule lets it.</summary>
    /// <param name="kind">In which kind of context it runs.</param>
    /// <param name="name">Name in traces; also the root of its call chains.</param>
    /// <param name="entry">What it does.</param>
    /// <param name="first">Whether it is the first to run by default.</param>
    public Context Spawn(ContextKind kind, string name, Func<SimTask> entry, bool first = false)
    {
        var context = NewContext(kind, name);
        context.Entry = entry;
        ready.Add(context);
        if (first) preferred = context;
        return context;
    }

    /// <summary>Makes an interrupt pending.</summary>
    public void Raise(PendingInterrupt interrupt) => interrupts.Add(interrupt);

    /// <summary>Withdraws interrupts that were not taken yet.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Withdraw(InterruptClass @class, uint key)
    {
        var before = interrupts.Count;
        for (var i = before - 1; i >= 0; i--)
            if (interrupts[i].Class == @class && interrupts[i].Key == key) interrupts.RemoveAt(i);
        return interrupts.Count < before;
    }

    /// <summary>Whether such an interrupt is pending.</summary>
    public bool IsRaised(InterruptClass @class, uint key)
    {
        foreach (var interrupt in interrupts)
            if (interrupt.Class == @class && interrupt.Key == key) return true;
        return false;
    }

    /// <summary>Whether an I/O interrupt of a subchannel is pending, or any interrupt is being handled.</summary>
    public bool IsInterrupting
    {
        get
        {
            foreach (var interrupt in interrupts)
                if (interrupt.Class == InterruptClass.Io) return true;
            foreach (var context in Contexts)
                if (context.Kind == ContextKind.HardIrq) return true;
            return false;
        }
    }

    /// <summary>Runs until nothing can run, or until <paramref name="points"/> scheduling points were passed.</summary>
    /// <param name="points">Points to pass before stopping, or -1 for no bound.</param>
    public RunEnd Run(int points = -1)
    {
        if (points == 0) return RunEnd.Stopped;
        budget = points;
        stopped = false;
        try
        {
            while (true)
            {
                if (!hasNext && !PickNext()) return RunEnd.Quiet;
                hasNext = false;
                Dispatch(next);
                if (PendingFault.Take() is { } fault) ExceptionDispatchInfo.Throw(fault); // with the stack it came from
                if (stopped) return RunEnd.Stopped;
            }
        }
        finally
        {
            stalled = stopped ? current : null;
            current = host;
        }
    }

    /// <summary>Moves virtual time to the next timer and makes it pending.</summary>
    /// <returns>Whether there was a timer.</returns>
    public bool AdvanceToNextTimer()
    {
        if (timers.Count == 0) return false;
        var first = timers[0];
        foreach (var timer in timers)
            if (timer.Expires < first.Expires) first = timer;
        AdvanceTo(first.Expires);
        return true;
    }

    /// <summary>Moves virtual time; timers that expire become pending in order of expiry.</summary>
    public void Advance(long milliseconds) => AdvanceTo(Now + milliseconds);

    internal void AddTimer(Timer timer) => timers.Add(timer);

    internal void RemoveTimer(Timer timer)
    {
        timers.Remove(timer);
        interrupts.RemoveAll(i => ReferenceEquals(i.Timer, timer));
    }

    /// <summary>Whether a timer's handler has begun and did not end.</summary>
    internal bool Runs(Timer timer)
    {
        foreach (var context in contexts)
            if (context.Kind == ContextKind.SoftIrq && ReferenceEquals(context.Interrupt.Timer, timer)) return true;
        return false;
    }

    /// <summary>The running context sleeps until <see cref="Wake"/>.</summary>
    internal Suspension Sleep(string waitingFor)
    {
        world.Assert(current.IsProcess, $"{current.Name} sleeps outside a process");
        current.State = ContextState.Sleeping;
        current.WaitingFor = waitingFor;
        if (!current.IsIdle) world.Trace.Add(TraceKind.Lock, $"sleeps {waitingFor}");
        return new Suspension(this);
    }

    /// <summary>Kills the processes that sleep where a signal ends the sleep (TASK_INTERRUPTIBLE).</summary>
    /// <returns>Whether there was one.</returns>
    public bool KillSleepers()
    {
        var any = false;
        foreach (var context in Contexts)
        {
            if (context is not { State: ContextState.Sleeping, IsInterruptible: true, Kind: ContextKind.Task, IsKilled: false }) continue;
            context.IsKilled = any = true;
            Wake(context);
        }
        return any;
    }

    /// <summary>The running context spins, on its CPU, until <see cref="Wake"/>.</summary>
    internal Suspension Spin(string waitingFor)
    {
        current.State = ContextState.Spinning;
        current.WaitingFor = waitingFor;
        return new Suspension(this);
    }

    /// <summary>Makes a sleeping or spinning context able to run.</summary>
    internal void Wake(Context context)
    {
        context.WaitingFor = null;
        context.WaitingForMutex = null;
        if (context.State == ContextState.Spinning)
        {
            context.State = ContextState.OnCpu;
        }
        else if (context.State == ContextState.Sleeping)
        {
            if (!context.IsIdle) world.Trace.Add(TraceKind.Lock, $"wakes {context.Name}");
            context.State = ContextState.Ready;
            ready.Add(context);
        }
    }

    /// <summary>Everything of the guest ends where it is: contexts, interrupts, timers. The hypervisor's contexts go on.</summary>
    public void AbandonGuest()
    {
        foreach (var cpu in cpus) cpu.Clear();
        ready.RemoveAll(context => context.Kind != ContextKind.Host);
        finished += contexts.RemoveAll(context => context.Kind != ContextKind.Host); // their numbers are taken
        interrupts.Clear();
        timers.Clear();
        preferred = null;
        if (stalled is { Kind: not ContextKind.Host }) stalled = null;
        lastRun = null;
        lastCpu = null;
        hasNext = false;
    }

    internal void Reset()
    {
        foreach (var cpu in cpus) cpu.Clear();
        hostCpu.Clear();
        ready.Clear();
        contexts.Clear();
        interrupts.Clear();
        timers.Clear();
        taken.Clear();
        beginnings.Clear();
        PendingFault.Take();
        host.AtomicDepth = 0;
        host.IrqsOffDepth = 0;
        current = host;
        preferred = null;
        stalled = lastRun = null;
        loop = null;
        lastCpu = null;
        slice = 0;
        hasNext = stopped = false;
        Steps = Decisions = DecisionsBefore = 0;
        Now = 0;
        finished = operation = point = relaxRounds = timersPolled = 0;
        Strategy.Begin();
    }

    private void AdvanceTo(long time)
    {
        while (true)
        {
            Timer? first = null;
            foreach (var timer in timers)
                if (timer.Expires <= time && (first is null || timer.Expires < first.Expires)) first = timer;
            if (first is null) break;
            timers.Remove(first);
            Raise(new PendingInterrupt { Class = InterruptClass.Timer, Timer = first });
        }
        Now = Math.Max(Now, time);
    }

    /// <summary>A context, out of those of earlier executions if there is one left.</summary>
    private Context NewContext(ContextKind kind, string name)
    {
        var number = contexts.Count + finished;
        if (number == everMade.Count) everMade.Add(new Context(world, number + 1, kind, name, RootOf(name)));
        else everMade[number].Renew(number + 1, kind, name, RootOf(name));
        contexts.Add(everMade[number]);
        return everMade[number];
    }

    private CallSite RootOf(string name)
    {
        if (!roots.TryGetValue(name, out var root)) roots[name] = root = CallSite.Root(name);
        return root;
    }
}
