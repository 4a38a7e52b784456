namespace CcwFuzz.Target.Simulation;

/// <summary>In which kernel context something runs.</summary>
public enum ContextKind
{
    /// <summary>A process: a sysfs writer, a reader of a device node.</summary>
    Task,
    /// <summary>A work queue's worker.</summary>
    Worker,
    /// <summary>An entry of the async domain.</summary>
    Async,
    /// <summary>A kernel thread of its own, such as kmcheck.</summary>
    KernelThread,
    /// <summary>A hardware interrupt handler; interrupts are off on its CPU.</summary>
    HardIrq,
    /// <summary>A timer; hardware interrupts are on, no process runs on its CPU meanwhile.</summary>
    SoftIrq,
    /// <summary>The hypervisor, outside the guest's CPUs.</summary>
    Host,
}

/// <summary>Whether a context runs, could run, or waits.</summary>
public enum ContextState
{
    /// <summary>Could run, is on no CPU.</summary>
    Ready,
    /// <summary>On a CPU: running, interrupted or stalled.</summary>
    OnCpu,
    /// <summary>On a CPU, spinning for a lock that another context holds.</summary>
    Spinning,
    /// <summary>Asleep until woken.</summary>
    Sleeping,
    /// <summary>Finished.</summary>
    Done,
}

/// <summary>One thread of execution of the guest, with its call chain and the locks it holds.</summary>
public sealed class Context
{
    private const int MaxHeld = 16;
    private readonly int[] held = new int[MaxHeld];
    private int heldCount;

    internal Context(World world, int id, ContextKind kind, string name, CallSite root)
    {
        World = world;
        Name = name;
        Site = root;
        Renew(id, kind, name, root);
    }

    /// <summary>The world it lives in.</summary>
    public World World { get; }

    /// <summary>Number in order of creation within the execution.</summary>
    public int Id { get; private set; }

    /// <summary>Which kind of context.</summary>
    public ContextKind Kind { get; private set; }

    /// <summary>Name as in the trace, e.g. "kworker/cio".</summary>
    public string Name { get; private set; }

    /// <summary>Stable hash of the name.</summary>
    internal uint NameHash { get; private set; }

    /// <summary>Where it is: the chain of kernel functions.</summary>
    public CallSite Site { get; internal set; }

    /// <summary>Whether it runs, could run or waits.</summary>
    public ContextState State { get; internal set; }

    /// <summary>What it waits for, as a person would say it; null when it does not wait.</summary>
    public string? WaitingFor { get; internal set; }

    /// <summary>The mutex it waits for, if it waits for one.</summary>
    public Mutex? WaitingForMutex { get; internal set; }

    /// <summary>A server that sleeps when there is nothing to do: its sleep is not a hang.</summary>
    public bool IsIdle { get; internal set; }

    /// <summary>It sleeps where a signal would end the sleep.</summary>
    public bool IsInterruptible { get; internal set; }

    /// <summary>It was killed: interruptible sleeps end at once (signal_pending).</summary>
    public bool IsKilled { get; internal set; }

    /// <summary>Spinlocks held: no sleep, no preemption.</summary>
    public int AtomicDepth { get; internal set; }

    /// <summary>Nested irq-disabling sections.</summary>
    public int IrqsOffDepth { get; internal set; }

    /// <summary>Whether it may sleep now.</summary>
    public bool MaySleep => AtomicDepth == 0 && IsProcess;

    /// <summary>Whether it is a process-like context: it can sleep and be preempted.</summary>
    public bool IsProcess => Kind is not (ContextKind.HardIrq or ContextKind.SoftIrq or ContextKind.Host);

    /// <summary>Whether interrupts may be taken on its CPU while it is on top.</summary>
    internal bool IrqsOn => Kind != ContextKind.HardIrq && IrqsOffDepth == 0;

    /// <summary>Locks held, in the order they were taken, as nodes of <see cref="LockOrder"/>.</summary>
    internal ReadOnlySpan<int> Held => held.AsSpan(0, heldCount);

    internal Cpu? Cpu { get; set; }

    /// <summary>The innermost suspended frame, or null before the first step.</summary>
    internal Fiber? Suspended { get; set; }

    internal Func<SimTask>? Entry { get; set; }

    internal Func<PendingInterrupt, SimTask>? IrqEntry { get; set; }

    internal PendingInterrupt Interrupt { get; set; }

    internal SimTask Root { get; set; }

    /// <summary>A schedule took the CPU away: everybody else comes first by default.</summary>
    internal bool Demoted { get; set; }

    /// <summary>Polls in a loop (cpu_relax): everybody else comes first by default.</summary>
    internal bool Relaxing { get; set; }

    /// <summary>The step at which it polled last.</summary>
    internal int PolledAt { get; set; }

    /// <summary>Priority given by a strategy; meaning is the strategy's own.</summary>
    internal int Priority { get; set; }

    /// <summary>It took a lock.</summary>
    internal void Hold(int node)
    {
        World.Assert(heldCount < MaxHeld, "too many locks are held");
        held[heldCount++] = node;
    }

    /// <summary>It released a lock, usually the one taken last.</summary>
    internal void Release(int node)
    {
        for (var i = heldCount - 1; i >= 0; i--)
        {
            if (held[i] != node) continue;
            heldCount--;
            for (; i < heldCount; i++) held[i] = held[i + 1];
            return;
        }
    }

    /// <summary>Makes it a new context: for one of an execution that is over.</summary>
    internal void Renew(int id, ContextKind kind, string name, CallSite root)
    {
        Id = id;
        Kind = kind;
        Name = name;
        Site = root;
        NameHash = root.FunctionHash;
        State = ContextState.Ready;
        WaitingFor = null;
        WaitingForMutex = null;
        IsIdle = IsInterruptible = IsKilled = Demoted = Relaxing = false;
        AtomicDepth = IrqsOffDepth = Priority = heldCount = 0;
        Cpu = null;
        Suspended = null;
        Entry = null;
        IrqEntry = null;
        Interrupt = default;
        Root = default;
    }

    /// <inheritdoc/>
    public override string ToString() => WaitingFor is null ? Name : $"{Name} ({WaitingFor})";
}

/// <summary>A virtual CPU: a process, or nothing, with interrupts nested on top of it.</summary>
public sealed class Cpu
{
    private const int MaxNesting = 8;
    private readonly Context?[] stack = new Context?[MaxNesting];

    internal Cpu(int id) => Id = id;

    /// <summary>Number, from 0.</summary>
    public int Id { get; private set; }

    internal int Depth { get; private set; }

    internal Context? Top => Depth == 0 ? null : stack[Depth - 1];

    /// <summary>Whether a hardware interrupt can be taken here now.</summary>
    internal bool TakesHardIrq => Depth < MaxNesting && (Top?.IrqsOn ?? true);

    /// <summary>Whether a timer can run here now.</summary>
    internal bool TakesSoftIrq => Depth < MaxNesting && (Top is not { } top || (top.IsProcess && top.IrqsOn && top.AtomicDepth == 0));

    /// <summary>Whether a process can be put here now.</summary>
    internal bool TakesProcess => Top is not { } top || (top.IsProcess && top.AtomicDepth == 0 && top.IrqsOffDepth == 0);

    internal void Push(Context context)
    {
        stack[Depth++] = context;
        context.Cpu = this;
        context.State = ContextState.OnCpu;
    }

    internal void Pop()
    {
        stack[--Depth]!.Cpu = null;
        stack[Depth] = null;
    }

    internal void Clear()
    {
        while (Depth > 0) stack[--Depth] = null;
    }
}
