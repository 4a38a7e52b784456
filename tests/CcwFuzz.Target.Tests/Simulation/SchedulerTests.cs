using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using Xunit;

namespace CcwFuzz.Target.Tests.Simulation;

public sealed class SchedulerTests
{
    private readonly World world = new();
    private readonly List<string> log = [];
    private readonly Replay replay = new();

    public SchedulerTests()
    {
        world.Scheduler.Strategy = replay;
        world.Reset();
    }

    private Scheduler Scheduler => world.Scheduler;

    [Fact]
    public void Without_deviations_a_context_runs_until_it_blocks()
    {
        Scheduler.Spawn(ContextKind.Task, "a", () => Steps("a", 3));
        Scheduler.Spawn(ContextKind.Task, "b", () => Steps("b", 3));
        Assert.Equal(RunEnd.Quiet, Scheduler.Run());
        Assert.Equal("a1 a2 a3 b1 b2 b3", string.Join(' ', log));
        Assert.Empty(Scheduler.Contexts);
    }

    [Fact]
    public void One_deviation_lets_the_other_run_to_its_end()
    {
        replay.Load([new Deviation(0, 1, 1)]);
        Scheduler.Spawn(ContextKind.Task, "a", () => Steps("a", 3));
        Scheduler.Spawn(ContextKind.Task, "b", () => Steps("b", 3));
        Scheduler.Run();
        Assert.Equal("a1 b1 b2 b3 a2 a3", string.Join(' ', log));
        Assert.Equal([new Deviation(0, 1, 1)], Scheduler.Taken);
    }

    [Fact]
    public void Recorded_deviations_replay_the_same_order()
    {
        var walk = new RandomWalk(RunToCompletion.Instance) { Rate = 128 };
        for (ulong seed = 0; seed < 50; seed++)
        {
            walk.Seed(seed);
            var first = Play(walk);
            replay.Load([.. Scheduler.Taken]);
            Assert.Equal(first, Play(replay));
        }
    }

    [Fact]
    public void Pct_reorders_contexts()
    {
        var orders = new HashSet<string>();
        var pct = new Pct(RunToCompletion.Instance);
        for (ulong seed = 1; seed < 40; seed++)
        {
            pct.Seed(seed, 3, 20);
            orders.Add(Play(pct));
        }
        Assert.True(orders.Count > 5, $"only {orders.Count} orders");
    }

    [Fact]
    public void An_interrupt_comes_at_the_next_point_and_not_under_a_spinlock()
    {
        var spin = new SpinLock(world, "lock");
        Scheduler.SetVector(InterruptClass.Io, Irq);
        Scheduler.Spawn(ContextKind.Task, "a", Body);
        Scheduler.Run();
        Assert.Equal("locked unlocking irq done", string.Join(' ', log));

        SimTask Irq(PendingInterrupt interrupt)
        {
            log.Add("irq");
            return SimTask.Done;
        }

        async SimTask Body()
        {
            await spin.LockIrqSave();
            Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Io, Key = 1 });
            log.Add("locked");
            await Scheduler.Point;
            log.Add("unlocking");
            await spin.UnlockIrqRestore();
            log.Add("done");
        }
    }

    [Fact]
    public void A_withdrawn_interrupt_is_not_taken()
    {
        Scheduler.SetVector(InterruptClass.Io, _ =>
        {
            log.Add("irq");
            return SimTask.Done;
        });
        Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Io, Key = 7 });
        Assert.False(Scheduler.Withdraw(InterruptClass.Io, 8));
        Assert.True(Scheduler.Withdraw(InterruptClass.Io, 7));
        Scheduler.Run();
        Assert.Empty(log);
    }

    [Fact]
    public void A_handler_that_needs_a_held_spinlock_spins_on_the_other_cpu()
    {
        var spin = new SpinLock(world, "lock");
        replay.Load([new Deviation(0, 0, 1)]);
        Scheduler.SetVector(InterruptClass.Io, Irq);
        Scheduler.Spawn(ContextKind.Task, "a", Body);
        Scheduler.Run();
        Assert.Equal("locked irq-starts released irq-has-lock", string.Join(' ', log));

        async SimTask Irq(PendingInterrupt interrupt)
        {
            log.Add("irq-starts");
            await spin.LockIrqSave();
            log.Add("irq-has-lock");
            spin.Unlock();
        }

        async SimTask Body()
        {
            await spin.LockIrqSave();
            Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Io, Key = 1 });
            log.Add("locked");
            await Scheduler.Point;
            log.Add("released");
            spin.Unlock();
        }
    }

    [Fact]
    public void Timers_fire_in_order_when_time_passes()
    {
        new Timer(Scheduler, "late", () => Log("late")).Start(20);
        new Timer(Scheduler, "early", () => Log("early")).Start(10);
        var stopped = new Timer(Scheduler, "stopped", () => Log("stopped"));
        stopped.Start(5);
        stopped.Stop();
        Scheduler.Advance(9);
        Scheduler.Run();
        Assert.Empty(log);
        Assert.True(Scheduler.AdvanceToNextTimer());
        Scheduler.Run();
        Assert.Equal(10, Scheduler.Now);
        Scheduler.Advance(100);
        Scheduler.Run();
        Assert.Equal("early late", string.Join(' ', log));
        Assert.False(Scheduler.AdvanceToNextTimer());
    }

    [Fact]
    public void A_loop_has_one_name_wherever_the_limit_cuts_it()
    {
        var names = new List<string>();
        for (var limit = 1000; limit < 1012; limit++)
        {
            var world = new World();
            world.Reset();
            world.Scheduler.StepLimit = limit;
            world.Scheduler.Spawn(ContextKind.Task, "worker", () => Loop(world));
            var violation = Assert.Throws<ViolationException>(() => world.Scheduler.Run()).Violation;
            Assert.Equal((ViolationKind.Livelock, "worker"), (violation.Kind, violation.AccessContext));
            Assert.Equal(violation.State, violation.Access!.Function);
            names.Add(violation.State);
        }
        Assert.Equal(["middle"], names.Distinct()); // which has most steps, as many as the one that comes after it by name

        static async SimTask Loop(World world)
        {
            while (true)
            {
                foreach (var (function, steps) in ((string, int)[])[("outer", 2), ("upper", 4), ("middle", 4), ("before", 1)])
                {
                    using var frame = world.Enter(function);
                    for (var i = 0; i < steps; i++) await world.Scheduler.Point;
                }
            }
        }
    }

    [Fact]
    public void Polling_for_ever_is_a_livelock()
    {
        Scheduler.Spawn(ContextKind.Task, "poller", Poll);
        var thrown = Assert.Throws<ViolationException>(() => Scheduler.Run());
        Assert.Equal(ViolationKind.Livelock, thrown.Violation.Kind);
        Assert.Equal("poller", thrown.Violation.AccessContext);

        async SimTask Poll()
        {
            while (true) await Scheduler.Relax;
        }
    }

    [Fact]
    public void Who_polls_for_somebody_who_polls_lets_him_go_on()
    {
        var rounds = 0;
        Scheduler.Spawn(ContextKind.Task, "first", Wait);
        Scheduler.Spawn(ContextKind.Task, "second", Count);
        Assert.Equal(RunEnd.Quiet, Scheduler.Run());
        Assert.Equal(3, rounds);

        async SimTask Wait()
        {
            while (rounds < 3) await Scheduler.Relax;
        }

        async SimTask Count()
        {
            for (; rounds < 3; rounds++) await Scheduler.Relax;
        }
    }

    [Fact]
    public void Polling_ends_when_a_timer_ends_it()
    {
        var done = false;
        new Timer(Scheduler, "t", () =>
        {
            done = true;
            return SimTask.Done;
        }).Start(1000);
        Scheduler.Spawn(ContextKind.Task, "poller", Poll);
        Assert.Equal(RunEnd.Quiet, Scheduler.Run());
        Assert.True(done);

        async SimTask Poll()
        {
            while (!done) await Scheduler.Relax;
        }
    }

    [Fact]
    public void Run_stops_after_the_number_of_points_asked_for()
    {
        Scheduler.Spawn(ContextKind.Task, "a", () => Steps("a", 5));
        Assert.Equal(RunEnd.Stopped, Scheduler.Run(2));
        Assert.Equal("a1 a2", string.Join(' ', log));
        Scheduler.Spawn(ContextKind.Task, "b", () => Steps("b", 1), first: true);
        Scheduler.Run();
        Assert.Equal("a1 a2 b1 a3 a4 a5", string.Join(' ', log));
    }

    [Fact]
    public void Reset_forgets_what_was_suspended()
    {
        Scheduler.Spawn(ContextKind.Task, "a", () => Steps("a", 5));
        Scheduler.Run(2);
        world.Reset();
        log.Clear();
        Assert.Equal(RunEnd.Quiet, Scheduler.Run());
        Assert.Empty(log);
    }

    private string Play(IScheduleStrategy strategy)
    {
        Scheduler.Strategy = strategy;
        world.Reset();
        log.Clear();
        for (var i = 0; i < 4; i++)
        {
            var name = $"{(char)('a' + i)}";
            Scheduler.Spawn(ContextKind.Task, name, () => Steps(name, 4));
        }
        Scheduler.Run();
        Assert.Equal(16, log.Count);
        return string.Join(' ', log);
    }

    private async SimTask Steps(string name, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            log.Add($"{name}{i}");
            await Inner();
        }
    }

    private async SimTask<int> Inner()
    {
        await Scheduler.Point;
        return 1;
    }

    private SimTask Log(string text)
    {
        log.Add(text);
        return SimTask.Done;
    }
}
