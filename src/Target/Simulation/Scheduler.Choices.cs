namespace CcwFuzz.Target.Simulation;

/// <content>What could happen next, and how it is made to happen.</content>
public sealed partial class Scheduler
{
    private const int MaxChoices = 24;
    private const int TimeSlice = 1000;
    private const int TimersPolled = 32;
    private readonly Choice[] choices = new Choice[MaxChoices];
    private int choiceCount;
    private int finished;
    private Cpu? lastCpu;
    private Context? stalled;
    private Context? lastRun;
    private int slice;
    private int timersPolled;
    private LoopWatch? loop;

    /// <summary>In which order contexts come by default.</summary>
    private enum Rank
    {
        Usual,
        Demoted,
        Relaxing,
    }

    private readonly record struct Choice(Context? Context, int Interrupt, Cpu Cpu);

    /// <summary>The context that a choice of the current decision lets run, or null if it takes an interrupt.</summary>
    internal Context? ChoiceContext(int index) => choices[index].Context;

    /// <summary>A scheduling point of the running context.</summary>
    /// <returns>Whether it simply goes on.</returns>
    internal bool PassPoint()
    {
        if (++Steps > StepLimit) WatchLoop();
        if (budget > 0 && --budget == 0) return Stop();
        if (ready.Count == 0 && interrupts.Count == 0 && !OtherCpuCanRun()) return true;
        relaxRounds = 0;
        if (++slice > TimeSlice) ExpireTimeSlice();
        return GoOn();
    }

    /// <summary>A round of a polling loop of the running context.</summary>
    internal bool PassRelax()
    {
        if (++Steps > StepLimit) WatchLoop();
        current.Relaxing = true;
        current.PolledAt = Steps;
        if (budget > 0 && --budget == 0) return Stop();
        if (ready.Count == 0 && interrupts.Count == 0 && !OtherCpuCanRun())
        {
            // Polling with nothing else to do: time passes. Some timers start themselves again for ever, so after a while
            // the host continues what it holds back, although there are timers.
            if (++timersPolled < TimersPolled && AdvanceToNextTimer())
            {
                relaxRounds = 0;
            }
            else if (HeldBack?.Invoke() == true || AdvanceToNextTimer())
            {
                relaxRounds = timersPolled = 0;
            }
            else if (++relaxRounds > RelaxLimit)
            {
                Livelock("polls for ever, and nothing else can run");
            }
        }
        else
        {
            relaxRounds = 0;
        }
        return GoOn();
    }

    /// <summary>Nobody waits for ever for the one who runs: what a schedule put last comes first now.</summary>
    private void ExpireTimeSlice()
    {
        slice = 0;
        foreach (var context in contexts) context.Demoted = false;
        for (var i = 0; i < interrupts.Count; i++) interrupts[i] = interrupts[i] with { Deferred = false };
        current.Relaxing = true;
        current.PolledAt = Steps;
    }

    private bool Stop()
    {
        stopped = true;
        return false;
    }

    internal void Livelock(string why) =>
        world.Fail(ViolationKind.Livelock, $"{current.Name}: {why} (in {current.Site.Function})", state: current.Site.Function);

    /// <summary>Finds the loop that took too many steps. Its name must not depend on where in it the limit was reached.</summary>
    private void WatchLoop()
    {
        loop ??= new LoopWatch();
        if (!loop.Count(current)) return;
        var (site, name) = loop.Busiest();
        world.Fail(new Violation
        {
            Kind = ViolationKind.Livelock,
            Message = $"{name}: no end after many steps (in {site.Function})",
            State = site.Function,
            Access = site,
            AccessContext = name,
        });
    }

    private bool GoOn()
    {
        GatherChoices(running: current);
        if (choiceCount > 1) next = choices[Decide()];
        else next = choices[0];
        if (ReferenceEquals(next.Context, current))
        {
            current.Relaxing = false;
            return true;
        }
        hasNext = true;
        return false;
    }

    private bool OtherCpuCanRun()
    {
        foreach (var cpu in cpus)
            if (cpu.Top is { State: ContextState.OnCpu } top && !ReferenceEquals(top, current)) return true;
        return hostCpu.Top is { } busy && !ReferenceEquals(busy, current);
    }

    private bool PickNext()
    {
        GatherChoices(running: null);
        if (choiceCount == 0) return false;
        next = choices[choiceCount == 1 ? 0 : Decide()];
        return true;
    }

    private int Decide()
    {
        var decision = new Decision(this, operation, point++, choiceCount);
        Decisions++;
        var pick = Strategy.Choose(in decision);
        if (pick == 0) return 0;
        world.Assert((uint)pick < (uint)choiceCount, "a strategy chose what is not there");
        taken.Add(new Deviation(decision.Operation, decision.Point, pick));
        var first = choices[0];
        if (first.Context is { } passedOver && choices[pick].Context is not null)
        {
            passedOver.Demoted = true;
        }
        else if (first.Context is null && choices[pick].Context is not null)
        {
            var held = interrupts[first.Interrupt];
            held.Deferred = true;
            interrupts[first.Interrupt] = held;
        }
        world.Trace.Add(
            TraceKind.Schedule,
            $"deviation {decision.Point}:{pick} of {choiceCount} choices: {Describe(choices[pick])} before {Describe(first)}");
        return pick;
    }

    private string Describe(Choice choice) => choice.Context is { } context
        ? context.Name
        : $"{interrupts[choice.Interrupt].Class} interrupt";

    private void GatherChoices(Context? running)
    {
        choiceCount = 0;
        // The hypervisor's threads take no interrupts of the guest.
        var home = running?.Cpu is { } at && !ReferenceEquals(at, hostCpu) ? at : lastCpu ?? cpus[0];
        if (preferred is { State: ContextState.Ready } chosen && CpuFor(running) is { } free) Add(chosen, free); // an operation starts
        AddInterrupts(home, deferred: false, running);
        var resume = running ?? stalled;
        if (resume is { State: ContextState.OnCpu, Relaxing: false, Demoted: false, Cpu: { } own } && ReferenceEquals(own.Top, resume))
            Add(resume, own);
        AddContexts(running, resume, Rank.Usual);
        AddContexts(running, null, Rank.Demoted);
        AddInterrupts(home, deferred: true, running);
        if (choiceCount == 0 && LongestPolling() is { } poller && (poller.Cpu ?? CpuFor(running)) is { } place) Add(poller, place);
        AddContexts(running, null, Rank.Relaxing);
    }

    /// <summary>The polling context that had its turn first: those that poll for each other take turns.</summary>
    private Context? LongestPolling()
    {
        Context? found = null;
        foreach (var cpu in cpus)
            if (cpu.Top is { State: ContextState.OnCpu } top) Longer(top);
        if (hostCpu.Top is { } busy) Longer(busy);
        foreach (var context in ready)
            if (context.Kind != ContextKind.Host) Longer(context);
        return found;

        void Longer(Context context)
        {
            if (context.Relaxing && (found is null || context.PolledAt < found.PolledAt)) found = context;
        }
    }

    private static Rank RankOf(Context context) => context.Relaxing ? Rank.Relaxing : context.Demoted ? Rank.Demoted : Rank.Usual;

    private void Add(Context context, Cpu cpu)
    {
        if (choiceCount == MaxChoices) return;
        for (var i = 0; i < choiceCount; i++)
            if (ReferenceEquals(choices[i].Context, context)) return;
        choices[choiceCount++] = new Choice(context, -1, cpu);
    }

    private void AddContexts(Context? running, Context? except, Rank rank)
    {
        foreach (var cpu in cpus)
        {
            if (cpu.Top is { State: ContextState.OnCpu } top && !ReferenceEquals(top, except) && RankOf(top) == rank)
                Add(top, cpu);
        }
        if (hostCpu.Top is { } busy && !ReferenceEquals(busy, except) && RankOf(busy) == rank) Add(busy, hostCpu);
        if (ready.Count == 0) return;
        var free = CpuFor(running);
        foreach (var context in ready)
        {
            // The hypervisor's own threads need no CPU of the guest.
            var cpu = context.Kind == ContextKind.Host ? hostCpu : free;
            if (cpu is not null && RankOf(context) == rank) Add(context, cpu);
        }
    }

    /// <summary>Where a ready process would run: an idle CPU, else the running one's if it can be preempted, else any.</summary>
    private Cpu? CpuFor(Context? running)
    {
        foreach (var cpu in cpus)
            if (cpu.Top is null) return cpu;
        if (running?.Cpu is { TakesProcess: true } own && own.Top!.State == ContextState.OnCpu) return own;
        foreach (var cpu in cpus)
            if (cpu is { TakesProcess: true, Top.State: ContextState.OnCpu }) return cpu;
        return null;
    }

    private void AddInterrupts(Cpu home, bool deferred, Context? running)
    {
        for (var i = 0; i < interrupts.Count; i++)
        {
            var interrupt = interrupts[i];
            if (interrupt.Deferred == deferred && Takes(home, interrupt)) AddInterrupt(i, home);
            else if (!deferred && running is null && Elsewhere(home, interrupt) is { } cpu) AddInterrupt(i, cpu);
            // While something runs, the same interrupt may as well come in on another CPU, beside it.
            if (deferred && running is not null && Elsewhere(home, interrupt) is { } other) AddInterrupt(i, other);
            if (deferred && running is null && !Takes(home, interrupt) && interrupt.Deferred && Elsewhere(home, interrupt) is { } any)
                AddInterrupt(i, any);
        }
    }

    private void AddInterrupt(int index, Cpu cpu)
    {
        if (choiceCount < MaxChoices) choices[choiceCount++] = new Choice(null, index, cpu);
    }

    private static bool Takes(Cpu cpu, PendingInterrupt interrupt) => interrupt.IsHard ? cpu.TakesHardIrq : cpu.TakesSoftIrq;

    private Cpu? Elsewhere(Cpu home, PendingInterrupt interrupt)
    {
        foreach (var cpu in cpus)
            if (!ReferenceEquals(cpu, home) && Takes(cpu, interrupt)) return cpu;
        return null;
    }

    private void Dispatch(Choice choice)
    {
        if (choice.Context is not { } context)
        {
            TakeInterrupt(choice.Interrupt, choice.Cpu);
            return;
        }
        if (ReferenceEquals(context, preferred)) preferred = null;
        context.Demoted = context.Relaxing = false;
        if (context.State == ContextState.Ready)
        {
            if (choice.Cpu.Top is { } preempted)
            {
                choice.Cpu.Pop();
                preempted.State = ContextState.Ready;
                ready.Add(preempted);
            }
            ready.Remove(context);
            choice.Cpu.Push(context);
            world.Trace.Add(TraceKind.Schedule, $"cpu{choice.Cpu.Id} runs {context.Name}");
        }
        RunOn(context);
    }

    private void TakeInterrupt(int index, Cpu cpu)
    {
        var interrupt = interrupts[index];
        interrupts.RemoveAt(index);
        var kind = interrupt.IsHard ? ContextKind.HardIrq : ContextKind.SoftIrq;
        var name = interrupt.Class switch
        {
            InterruptClass.Io => "irq/io",
            InterruptClass.Adapter => "irq/adapter",
            InterruptClass.MachineCheck => "mcck",
            InterruptClass.Net => "softirq/net",
            InterruptClass.Tasklet => "softirq/tasklet",
            _ => "softirq/timer",
        };
        var context = NewContext(kind, name);
        context.Interrupt = interrupt;
        if (interrupt.Timer is { } timer)
        {
            timer.IsPending = false;
            context.Entry = timer.Handler;
        }
        else
        {
            context.IrqEntry = vectors[(int)interrupt.Class];
            world.Assert(context.IrqEntry is not null, "an interrupt came without a vector");
        }
        cpu.Push(context);
        current = context;
        world.Trace.Add(TraceKind.Interrupt, $"{name} on cpu{cpu.Id}");
        RunOn(context);
    }

    private void RunOn(Context context)
    {
        if (!ReferenceEquals(context, lastRun)) slice = 0;
        lastRun = context;
        current = context;
        if (context.Suspended is { } frame)
        {
            context.Suspended = null;
            frame.Resume();
        }
        else if (context.IrqEntry is { } irq)
        {
            context.Root = irq(context.Interrupt);
        }
        else
        {
            context.Root = context.Entry!();
        }
        if (PendingFault.Exists) return;
        if (context.Root.GetAwaiter().IsCompleted) Finish(context);
        else if (context.State == ContextState.Sleeping) Leave(context);
    }

    private void Leave(Context context)
    {
        if (context.Cpu is { } cpu && !ReferenceEquals(cpu, hostCpu)) lastCpu = cpu;
        context.Cpu?.Pop();
    }

    private void Finish(Context context)
    {
        world.Assert(context.AtomicDepth == 0, $"{context.Name} ended with a lock held");
        context.Root.GetAwaiter().GetResult();
        Leave(context);
        context.State = ContextState.Done;
        contexts.Remove(context);
        finished++;
    }
}
