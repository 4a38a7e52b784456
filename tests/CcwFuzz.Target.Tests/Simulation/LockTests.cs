using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using CcwFuzz.Target.Tests.Checks;
using Xunit;

namespace CcwFuzz.Target.Tests.Simulation;

public sealed class LockTests
{
    private readonly World world = new();
    private readonly List<string> log = [];

    public LockTests() => world.Reset();

    private Scheduler Scheduler => world.Scheduler;

    [Fact]
    public void A_mutex_excludes_under_every_schedule()
    {
        var walk = new RandomWalk(RunToCompletion.Instance) { Rate = 128 };
        Scheduler.Strategy = walk;
        for (ulong seed = 0; seed < 100; seed++)
        {
            walk.Seed(seed);
            world.Reset();
            var mutex = new Mutex(world, "m");
            var inside = 0;
            for (var i = 0; i < 4; i++) Scheduler.Spawn(ContextKind.Task, "t", Body);
            Scheduler.Run();
            Assert.Empty(Scheduler.Contexts);
            Assert.Null(mutex.Owner);

            async SimTask Body()
            {
                for (var i = 0; i < 3; i++)
                {
                    await mutex.Lock();
                    Assert.Equal(1, ++inside);
                    await Scheduler.Point;
                    inside--;
                    mutex.Unlock();
                    await Scheduler.Point;
                }
            }
        }
    }

    [Fact]
    public void Writers_exclude_readers_and_each_other()
    {
        var walk = new RandomWalk(RunToCompletion.Instance) { Rate = 128 };
        Scheduler.Strategy = walk;
        for (ulong seed = 0; seed < 100; seed++)
        {
            walk.Seed(seed);
            world.Reset();
            var rw = new RwLock(world, "rw");
            var readers = 0;
            var writers = 0;
            Scheduler.Spawn(ContextKind.Task, "r", Reader);
            Scheduler.Spawn(ContextKind.Task, "w", Writer);
            Scheduler.Spawn(ContextKind.Task, "w", Writer);
            Scheduler.Run();
            Assert.Empty(Scheduler.Contexts);

            async SimTask Reader()
            {
                await rw.ReadLock();
                readers++;
                Assert.Equal(0, writers);
                await Scheduler.Point;
                Assert.Equal(0, writers);
                readers--;
                rw.ReadUnlock();
            }

            async SimTask Writer()
            {
                await rw.WriteLock();
                Assert.Equal(1, ++writers);
                Assert.Equal(0, readers);
                await Scheduler.Point;
                writers--;
                await rw.WriteUnlock();
            }
        }
    }

    [Fact]
    public void A_wake_up_between_test_and_sleep_is_not_lost()
    {
        var queue = new WaitQueue(world, "for it");
        Scheduler.Spawn(ContextKind.Task, "sleeper", Sleeper);
        Scheduler.Run();
        Assert.Equal(["slept"], log);

        async SimTask Sleeper()
        {
            var ticket = queue.Prepare();
            queue.WakeUp();
            await queue.Sleep(ticket);
            log.Add("slept");
        }
    }

    [Fact]
    public void A_sleeper_stays_until_woken()
    {
        var queue = new WaitQueue(world, "for it");
        Scheduler.Spawn(ContextKind.Task, "sleeper", Sleeper);
        Scheduler.Run();
        Assert.Empty(log);
        Assert.True(queue.IsActive);
        Assert.Equal("for it", Assert.Single(Scheduler.Contexts).WaitingFor);
        queue.WakeUp();
        Scheduler.Run();
        Assert.Equal(["slept"], log);

        async SimTask Sleeper()
        {
            await queue.Sleep(queue.Prepare());
            log.Add("slept");
        }
    }

    [Fact]
    [Fires(52)]
    public void Sleeping_under_a_spinlock_is_a_violation()
    {
        var spin = new SpinLock(world, "spin");
        var mutex = new Mutex(world, "mutex");
        Scheduler.Spawn(ContextKind.Task, "t", Body);
        var thrown = Assert.Throws<ViolationException>(() => Scheduler.Run());
        Assert.Equal(ViolationKind.SleepInAtomic, thrown.Violation.Kind);

        async SimTask Body()
        {
            await spin.LockIrqSave();
            await mutex.Lock();
        }
    }

    [Fact]
    public void Taking_a_spinlock_twice_is_a_deadlock()
    {
        var spin = new SpinLock(world, "spin");
        Scheduler.Spawn(ContextKind.Task, "t", Body);
        var thrown = Assert.Throws<ViolationException>(() => Scheduler.Run());
        Assert.Equal(ViolationKind.Deadlock, thrown.Violation.Kind);

        async SimTask Body()
        {
            await spin.LockIrqSave();
            await spin.LockIrqSave();
        }
    }

    [Fact]
    public void Releasing_what_one_does_not_hold_is_a_model_error()
    {
        var spin = new SpinLock(world, "spin");
        var thrown = Assert.Throws<ViolationException>(spin.Unlock);
        Assert.Equal(ViolationKind.ModelError, thrown.Violation.Kind);
    }

    [Fact]
    public void Work_items_run_one_after_the_other_and_an_item_queued_twice_runs_once()
    {
        var queue = new WorkQueue(world, "kworker/test");
        var first = new WorkItem("first", () => Body("first"));
        var second = new WorkItem("second", () => Body("second"));
        Assert.True(queue.Queue(first));
        Assert.False(queue.Queue(first));
        Assert.True(queue.Queue(second));
        Scheduler.Run();
        Assert.Equal(["first begins", "first ends", "second begins", "second ends"], log);
        Assert.True(queue.IsEmpty);

        async SimTask Body(string name)
        {
            log.Add($"{name} begins");
            await Scheduler.Point;
            log.Add($"{name} ends");
        }
    }
}
