using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Checks;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Linux.VirtioCcw;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Xunit;
using VirtioCcwCommand = CcwFuzz.Target.Linux.VirtioCcw.VirtioCcwCommand;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>Checks of events: each fires at a wrong one, and is silent at one that is nearly wrong.</summary>
public sealed class EventCheckTests
{
    private readonly OnlineStack on = new();

    private GuestKernel Kernel => on.Stack.Kernel;

    private GuestWatch Watch => (GuestWatch)on.Stack.Cio.Watch!;

    private Ptr<CcwDevice> Cdev => new(on.Cdev);

    private Ptr<VirtioCcwDevice> Vcdev => new(on.Vcdev);

    private Ptr<Subchannel> Sch => new(on.Sch);

    [Theory]
    [InlineData(true, 0x1000u, 0x2000u, true)]
    [InlineData(false, 0x1000u, 0x2000u, false)] // I21
    [InlineData(true, 0x1004u, 0x2000u, false)] // I23
    [InlineData(true, 0x1000u, 0x8000_0000u, false)] // I23
    [InlineData(true, 0x1000u, 0x7fff_ffffu, true)]
    [Fires(23)]
    public void I21_I23_a_start(bool locked, uint cpa, uint data, bool isGood)
    {
        Kernel.Memory.Write32((cpa & ~7u) + 4, data);
        on.Run(async () =>
        {
            if (locked) await on.Stack.Cio.LockCcw(Cdev);
            Watch.Starting(Sch, cpa);
            if (locked) await on.Stack.Cio.UnlockCcw(Cdev);
        });
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Theory]
    [InlineData(DevState.Verify, true)]
    [InlineData(DevState.Offline, false)]
    public void I21_a_start_in_a_state(DevState state, bool isGood)
    {
        on.Private.State = state;
        on.Run(async () =>
        {
            await on.Stack.Cio.LockCcw(Cdev);
            Watch.Starting(Sch, 0x1000);
            await on.Stack.Cio.UnlockCcw(Cdev);
        });
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Fact]
    [Fires(22)]
    public void I22_a_start_before_the_last_status_was_collected()
    {
        Watch.Started(Sch);
        Watch.Collected(Sch);
        Watch.Started(Sch);
        Assert.Null(on.World.Noted);
        Watch.Started(Sch);
        Assert.Equal(ViolationKind.Protocol, on.World.Noted?.Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void I37_an_event_without_the_lock(bool locked)
    {
        on.Run(async () =>
        {
            if (locked) await on.Stack.Cio.LockCcw(Cdev);
            await on.Stack.Cio.Fsm.Event(Cdev, DevEvent.Interrupt);
            if (locked) await on.Stack.Cio.UnlockCcw(Cdev);
        });
        Assert.Equal(locked, on.World.Noted is null);
    }

    [Fact]
    [Fires(33)]
    public void I33_a_device_that_stays_busy()
    {
        for (var i = 0; i < FsmEntryCheck.BusyLimit; i++) Watch.IoBusy(Vcdev);
        var thrown = Assert.Throws<ViolationException>(() => Watch.IoBusy(Vcdev));
        Assert.Equal(ViolationKind.Livelock, thrown.Violation.Kind);
    }

    [Fact]
    public void I33_a_device_that_moves()
    {
        for (var i = 0; i < FsmEntryCheck.BusyLimit; i++) Watch.IoBusy(Vcdev);
        Watch.FsmEvent(Cdev);
        for (var i = 0; i < FsmEntryCheck.BusyLimit; i++) Watch.IoBusy(Vcdev);
        Assert.Equal(FsmEntryCheck.BusyLimit, on.Private.BusyRounds);
    }

    [Fact]
    public void I10_callbacks_that_overlap()
    {
        Watch.EnterDriver(Cdev, "set_online");
        Watch.LeaveDriver(Cdev, "set_online");
        Watch.EnterDriver(Cdev, "set_offline");
        Assert.Null(on.World.Noted);
        Watch.EnterDriver(Cdev, "remove");
        Assert.Equal("set_offline", on.World.Noted?.State.Split(", ")[^1]);
    }

    [Fact]
    public void I9_and_I12_releases()
    {
        Watch.Releasing(Cdev);
        Assert.Null(on.World.Noted);
        on.Private.Timer.Start(1);
        Watch.Releasing(Cdev);
        Assert.Equal("its timer is pending", on.World.Noted?.State);
    }

    [Fact]
    public void I12_work_of_what_is_released()
    {
        on.Private.TodoWork.IsPending = true;
        Watch.Releasing(Cdev);
        Assert.Equal("its work is queued", on.World.Noted?.State);
    }

    [Fact]
    [Fires(9)]
    public void I9_a_subchannel_before_its_device()
    {
        Watch.Releasing(Sch);
        Assert.Equal("its ccw device is referenced", on.World.Noted?.State);
    }

    [Fact]
    public void I4_a_free_with_references()
    {
        Kernel.Heap.Free(Kernel.Heap.Allocate(new ChannelSubsystemDevice(on.World)));
        Assert.Null(on.World.Noted);
        Kernel.Heap.Free(Kernel.Heap.Allocate(new ChannelSubsystemDevice(on.World) { RefCount = 1 }));
        Assert.Equal(ViolationKind.RefCount, on.World.Noted?.Kind);
    }

    [Fact]
    [Fires(36)]
    public void I36_a_status_for_nobody()
    {
        Watch.FakeAccepted(Cdev);
        Watch.FakeDelivered(Cdev);
        Assert.Null(on.World.Noted);
        on.Private.FakeIrb = true;
        Watch.FakeAccepted(Cdev);
        Watch.EnterDriver(Cdev, "remove");
        on.Cdev.Handler = null;
        Watch.FakeDelivered(Cdev);
        Watch.LeaveDriver(Cdev, "remove");
        Assert.Null(on.World.Noted);
        on.Cdev.Handler = (_, _, _) => SimTask.Done;
        Watch.FakeAccepted(Cdev);
        on.Cdev.Handler = null;
        Watch.FakeDelivered(Cdev);
        Assert.Equal("meets no handler any more", on.World.Noted?.State);
    }

    [Fact]
    public void I34_two_operations()
    {
        on.Vcdev.CurrIo = VirtioCcwCommand.DoingReset;
        Watch.IoStarted(Vcdev, VirtioCcwCommand.DoingReset);
        Assert.Null(on.World.Noted);
        on.Vcdev.CurrIo |= VirtioCcwCommand.DoingReadConfig;
        Watch.IoStarted(Vcdev, VirtioCcwCommand.DoingReadConfig);
        Assert.Equal(ViolationKind.Protocol, on.World.Noted?.Kind);
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, -Errno.EIO, false)]
    [InlineData(-Errno.ENOSYS, -Errno.EOPNOTSUPP, true)]
    [InlineData(-Errno.EINVAL, 0, false)]
    public void I35_a_result(int endedWith, int result, bool isGood)
    {
        var host = on.Device.Subchannel!;
        var start = new IoStart(host, host.Starts, on.Vcdev.Kills);
        (host.Ended, host.EndedWith) = (host.Starts, endedWith);
        Watch.IoReturns(Vcdev, start, result);
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Fact]
    public void I35_a_result_that_comes_too_early()
    {
        var host = on.Device.Subchannel!;
        var start = new IoStart(host, ++host.Starts, on.Vcdev.Kills);
        Watch.IoReturns(Vcdev, start, -Errno.EIO); // the function was cleared
        Assert.Null(on.World.Noted);
        host.Status.Scsw.Control |= ScswControl.Start;
        Watch.IoReturns(Vcdev, start, -Errno.EIO);
        Assert.Equal(ViolationKind.WrongResult, on.World.Noted?.Kind);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(-Errno.EIO, true)]
    public void I35_a_result_of_a_start_that_was_only_pretended(int result, bool isGood)
    {
        var host = on.Device.Subchannel!;
        Watch.IoReturns(Vcdev, new IoStart(host, host.Starts, on.Vcdev.Kills, IsPretended: true), result);
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Fact]
    public void I35_a_result_of_what_was_killed()
    {
        var host = on.Device.Subchannel!;
        var start = new IoStart(host, host.Starts, on.Vcdev.Kills);
        host.Ended = host.Starts;
        Watch.IoKilled(Vcdev);
        Watch.IoReturns(Vcdev, start, -Errno.EIO);
        Assert.Null(on.World.Noted);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void I42_queues_of_a_lost_device(bool broken, bool isGood)
    {
        on.Vcdev.DeviceLost = true;
        foreach (var vq in on.Vcdev.Vqs) vq.Write().Broken = broken;
        Watch.Unregistering(Cdev, Vcdev);
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Theory]
    [InlineData(ContextKind.Task, false, true)] // a user takes it away
    [InlineData(ContextKind.Worker, true, true)] // a worker does for him
    [InlineData(ContextKind.Worker, false, false)]
    public void I42_a_device_that_goes_untold(ContextKind kind, bool isPurged, bool isGood)
    {
        if (isPurged) Purge();
        on.Cdev.IsDead = true;
        on.Device.Subchannel!.Status.Pmcw.Flags &= ~PmcwFlags.DeviceNumberValid;
        on.World.Scheduler.Spawn(kind, "context", () =>
        {
            Watch.Unregistering(Cdev, Vcdev);
            return SimTask.Done;
        });
        on.World.Scheduler.Run();
        Assert.Equal(isGood, on.World.Noted is null);

        void Purge()
        {
            on.Cdev.Online = false;
            on.Private.State = DevState.Offline;
            on.Stack.Cio.Blacklist.Add(0, 0x1234);
            // Only what it decides: what follows stays in the work queue until the run below, behind the new worker.
            on.World.Scheduler.Spawn(ContextKind.Task, "purge", on.Stack.Cio.Blacklist.Purge, first: true);
        }
    }

    [Theory]
    [InlineData(DriverLife.Probing, true, false)]
    [InlineData(DriverLife.Bound, true, true)]
    [InlineData(DriverLife.Removing, true, false)]
    [InlineData(DriverLife.None, false, false)]
    [Fires(19, 28)]
    internal void I19_I28_callbacks(DriverLife life, bool mayCallBack, bool mayChange)
    {
        on.Vcdev.DriverLife = life;
        Watch.Callback(on.Vcdev.Vqs[0]);
        Assert.Equal(mayCallBack, on.World.Noted is null);
        if (!mayCallBack) return;
        Watch.ConfigChanged(Vcdev.As<VirtioDevice>());
        Assert.Equal(mayChange, on.World.Noted is null);
    }

    [Fact]
    public void I50_configuration_that_was_not_read()
    {
        on.Run(async () => await ConfigSpace.Read(Vcdev.As<VirtioDevice>(), 0, 8));
        Assert.Null(on.World.Noted);
        Kernel.Faults.Arm(AllocationKind.Dma, 1);
        on.Sch.Schib = default; // not valid any more, as far as the guest knows
        on.Run(async () => await ConfigSpace.Read(Vcdev.As<VirtioDevice>(), 0, 8));
        Assert.Equal(ViolationKind.WrongResult, on.World.Noted?.Kind);
    }

    [Fact]
    [Fires(53)]
    public void I53_a_ring_in_disorder()
    {
        Watch.RingBroken(on.Vcdev.Vqs[0], "id 5 is not a head!");
        Assert.Equal("struct vring_virtqueue", on.World.Noted?.ObjectType);
    }
}
