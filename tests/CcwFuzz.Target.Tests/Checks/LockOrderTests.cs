using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>I32 and I52: orders of locks that could deadlock, queues that wait for themselves, sleep where nobody may sleep.</summary>
public sealed class LockOrderTests
{
    private readonly World world = new();

    public LockOrderTests() => world.Reset();

    [Fact]
    [Fires(32)]
    public void Two_orders_of_two_locks()
    {
        var (a, b) = (new SpinLock(world, "a"), new SpinLock(world, "b"));
        Run(() => Nest(a, b));
        Run(() => Nest(new SpinLock(world, "a"), b));
        Assert.Null(world.Noted);
        Run(() => Nest(b, new SpinLock(world, "a")));
        Assert.Equal((ViolationKind.LockOrder, "a, b"), (world.Noted?.Kind, world.Noted?.ObjectType));
    }

    [Fact]
    public void A_circle_of_three()
    {
        var (a, b, c) = (new SpinLock(world, "a"), new SpinLock(world, "b"), new SpinLock(world, "c"));
        Run(() => Nest(a, b));
        Run(() => Nest(b, c));
        Run(() => Nest(a, c));
        Assert.Null(world.Noted);
        Run(() => Nest(c, a));
        Assert.Equal(ViolationKind.LockOrder, world.Noted?.Kind);
    }

    [Fact]
    public void What_is_only_tried_cannot_deadlock()
    {
        var (a, b) = (new SpinLock(world, "a"), new SpinLock(world, "b"));
        Run(() => Nest(a, b));
        Run(async () =>
        {
            await b.LockIrqSave();
            Assert.True(a.TryLock());
            a.Unlock();
            await b.UnlockIrqRestore();
        });
        Assert.Null(world.Noted);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Readers_do_not_wait_for_readers(bool readsFirst, bool isGood)
    {
        var (a, rw) = (new SpinLock(world, "a"), new RwLock(world, "rw"));
        Run(async () =>
        {
            await a.LockIrqSave();
            await rw.ReadLock();
            rw.ReadUnlock();
            await a.UnlockIrqRestore();
        });
        Run(async () =>
        {
            if (readsFirst) await rw.ReadLock();
            else await rw.WriteLock();
            await a.LockIrqSave();
            a.Unlock();
            if (readsFirst) rw.ReadUnlock();
            else await rw.WriteUnlock();
        });
        Assert.Equal(isGood, world.Noted is null);
    }

    [Theory]
    [InlineData("b", true, true)]
    [InlineData("a", true, false)]
    [InlineData("a", false, true)] // as device_lock
    public void One_kind_of_lock_is_not_nested(string inner, bool isOrdered, bool isGood)
    {
        var (outer, nested) = (new Mutex(world, "a", isOrdered), new Mutex(world, inner, isOrdered));
        Run(async () =>
        {
            await outer.Lock();
            await nested.Lock();
            nested.Unlock();
            outer.Unlock();
        });
        Assert.Equal(isGood, world.Noted is null);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_lock_of_interrupt_handlers_is_not_held_with_interrupts_on(bool irqsStayOn, bool isGood)
    {
        var gate = new SpinLock(world, "gate", irqsStayOn);
        world.Scheduler.SetVector(InterruptClass.Io, async _ =>
        {
            await gate.LockIrqSave();
            gate.Unlock();
        });
        world.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Io });
        Run(async () =>
        {
            await gate.LockIrqSave();
            await gate.UnlockIrqRestore();
        });
        Assert.Equal(isGood, world.Noted is null);
    }

    [Fact]
    public void A_new_execution_knows_no_orders()
    {
        Run(() => Nest(new SpinLock(world, "a"), new SpinLock(world, "b")));
        world.Reset();
        Run(() => Nest(new SpinLock(world, "b"), new SpinLock(world, "a")));
        Assert.Null(world.Noted);
    }

    [Fact]
    public void Waiting_for_work_that_takes_a_lock_that_is_held()
    {
        var queue = new WorkQueue(world, "kworker/q");
        var mutex = new Mutex(world, "m");
        queue.Queue(new WorkItem("work", async () =>
        {
            await mutex.Lock();
            mutex.Unlock();
        }));
        Run(() => queue.FlushAll());
        Assert.Null(world.Noted);
        Run(async () =>
        {
            await mutex.Lock();
            await queue.FlushAll(); // nothing is queued: this time it ends
            mutex.Unlock();
        });
        Assert.Equal("(wq_completion)q, m", world.Noted?.ObjectType);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Work_that_waits_for_its_own_queue(bool own)
    {
        var (queue, other) = (new WorkQueue(world, "kworker/q"), new WorkQueue(world, "kworker/other"));
        queue.Queue(new WorkItem("work", () => (own ? queue : other).FlushAll()));
        if (own) Assert.Equal(ViolationKind.Deadlock, Assert.Throws<ViolationException>(() => world.Scheduler.Run()).Violation.Kind);
        else world.Scheduler.Run();
        Assert.Equal(own, !queue.IsEmpty);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_wait_that_need_not_sleep_counts_as_well(bool atomic)
    {
        var (queue, gate) = (new WaitQueue(world, "for it"), new SpinLock(world, "gate"));
        var task = async SimTask () =>
        {
            if (atomic) await gate.LockIrqSave();
            queue.Prepare();
        };
        if (!atomic) Run(task);
        else Assert.Equal(ViolationKind.SleepInAtomic, Assert.Throws<ViolationException>(() => Run(task)).Violation.Kind);
    }

    private void Run(Func<SimTask> task)
    {
        world.Scheduler.Spawn(ContextKind.Task, "task", task);
        world.Scheduler.Run();
    }

    private static async SimTask Nest(SpinLock outer, SpinLock inner)
    {
        await outer.LockIrqSave();
        await inner.LockIrqSave();
        inner.Unlock();
        await outer.UnlockIrqRestore();
    }
}
