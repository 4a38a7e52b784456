using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>Checks of the state: each fires when the state is tampered with, and an untouched or nearly wrong one is silent.</summary>
public sealed class StateCheckTests
{
    private readonly OnlineStack on = new();

    [Fact]
    [Fires(8)]
    public void I8_blocks_without_references()
    {
        on.Cdev.RefCount = on.Private.DmaPool.Target!.LiveBlocks - 1;
        Assert.Null(on.Look());
        on.Cdev.RefCount--;
        Expect(ViolationKind.RefCount, "struct ccw_device");
    }

    [Fact]
    public void I14_driver_data_that_dangles()
    {
        var freed = on.Stack.Kernel.Heap.Allocate(new CcwDevicePrivate());
        on.Cdev.DriverData = freed.As<HeapObject>();
        Assert.Null(on.Look());
        on.Stack.Kernel.Heap.Free(freed);
        Expect(ViolationKind.Protocol, "struct ccw_device_private");
    }

    [Fact]
    public void I16_and_I17_a_bit_of_a_queue_that_is_freed()
    {
        var area = on.Stack.VirtioCcw.Airqs.Areas.Single();
        var vq = on.Vcdev.Vqs[0];
        area.Vector.SetPointer(9, vq);
        Assert.Null(on.Look());
        on.Stack.Kernel.Heap.Free(vq);
        Expect(ViolationKind.Protocol, "struct airq_iv");
    }

    [Theory]
    [InlineData(true, 1, true)]
    [InlineData(false, 0, true)]
    [InlineData(false, 1, true)] // on its way
    [InlineData(true, 0, false)]
    [InlineData(true, 2, false)]
    [InlineData(false, -1, false)]
    [Fires(55)]
    public void I55_references_for_being_online(bool online, int references, bool isGood)
    {
        on.Cdev.Online = online;
        on.Private.OnlineReferences = references;
        Assert.Equal(isGood, on.Look() is null);
    }

    [Fact]
    [Fires(38)]
    public void I38_a_forgotten_todo()
    {
        on.Private.Todo = CdevTodo.Register;
        on.Private.TodoWork.IsPending = true;
        Assert.Null(on.Look());
        on.Private.TodoWork.IsPending = false;
        Expect(ViolationKind.Protocol, "struct ccw_device");
    }

    [Fact]
    public void I38_a_forgotten_todo_of_a_subchannel()
    {
        on.Sch.Todo = SchTodo.Eval;
        Expect(ViolationKind.Protocol, "struct subchannel");
    }

    [Fact]
    public void I39_a_subchannel_that_forgot_its_device()
    {
        on.Sch.IoPrivate.Target!.Cdev = Ptr<CcwDevice>.Null;
        on.Cdev.IsDead = true; // it is being deleted
        Assert.Null(on.Look());
        on.Cdev.IsDead = false;
        Expect(ViolationKind.Protocol, "struct ccw_device");
    }

    [Fact]
    public void I39_a_subchannel_with_a_device_elsewhere()
    {
        on.Cdev.Parent = on.Stack.Cio.PseudoSubchannel.As<Device>();
        Expect(ViolationKind.Protocol, "struct subchannel");
    }

    [Fact]
    public void I40_two_locks()
    {
        on.Cdev.CcwLock = on.Stack.Kernel.Heap.Allocate(new LockObject(on.World, "sch->lock"));
        Expect(ViolationKind.Protocol, "struct ccw_device");
    }

    [Fact]
    [Fires(43)]
    public void I43_below_a_parent_that_is_gone()
    {
        on.Sch.IsDead = true;
        Assert.Null(on.Look());
        on.Sch.IsRegistered = false;
        Expect(ViolationKind.Protocol, "struct ccw_device");
    }

    [Fact]
    public void I41_a_device_that_the_guest_does_not_have()
    {
        on.Private.Devno = 0x4321;
        Assert.Equal(ViolationKind.LostDevice, on.LookSettled()?.Kind);
    }

    [Fact]
    public void I41_an_ignored_device_is_not_lost()
    {
        on.Stack.Cio.Blacklist.Add(0, 0x1234);
        on.Cdev.IsRegistered = false;
        Assert.Null(on.LookSettled());
    }

    [Fact]
    public void I41_a_device_that_comes_during_a_shutdown_is_not_lost()
    {
        on.Stack.Kernel.Core.Binding.DeferAllProbes();
        on.Stack.Host.Plug(DeviceType.Rng, 0x4321);
        on.World.Scheduler.Run();
        Assert.Null(on.LookSettled());
    }

    [Fact]
    public void I41_a_device_that_the_host_does_not_have()
    {
        on.Stack.Host.Unplug(on.Device); // nothing runs: the guest does not hear of it
        Assert.Equal((ViolationKind.LostDevice, "struct ccw_device"), (on.LookSettled()?.Kind, on.World.Noted?.ObjectType));
    }

    [Fact]
    [Fires(44)]
    public void I44_a_report_that_nobody_read()
    {
        on.Stack.Channel.QueueCrw(ReportingSource.Subchannel, ErrorRecovery.InstalledParametersInitialized, false, false, 0);
        Assert.Null(on.Look());
        on.Stack.Channel.CrwsQueued++;
        Expect(ViolationKind.Protocol, "struct ChannelSubSys");
    }

    [Fact]
    public void I45_status_without_an_interrupt()
    {
        on.Stack.Host.SpuriousInterrupt(on.Device);
        Assert.Null(on.Look());
        on.World.Scheduler.Withdraw(InterruptClass.Io, on.Stack.Channel.InterruptKey(on.Device.Subchannel!));
        Expect(ViolationKind.Protocol, "struct SubchDev");
    }

    [Fact]
    [Fires(47)]
    public void I47_a_reference_too_many()
    {
        on.Stack.Host.Indicators.Get(on.Device.ConfigIndicators!.Address, 8);
        Expect(ViolationKind.RefCount, "struct IndAddr");
    }

    [Fact]
    public void I47_what_qemu_forgets_is_known()
    {
        on.Stack.Host.Unplug(on.Device);
        on.World.Scheduler.Run();
        Assert.NotEmpty(on.Stack.Host.Indicators.Live);
        Assert.Null(on.Look());
    }

    [Fact]
    public void I29_a_change_that_nobody_hears_of()
    {
        on.Device.IsConfigSignalled = true;
        Assert.Null(on.Look());
        Assert.Equal(ViolationKind.LostRequest, on.LookSettled()?.Kind);
    }

    [Fact]
    public void I29_a_change_that_comes_when_the_driver_is_being_removed()
    {
        on.Vcdev.ConfigEnabled = false;
        on.Device.IsConfigSignalled = true;
        Assert.Null(on.LookSettled());
    }

    [Fact]
    public void I29_a_change_that_is_delivered()
    {
        on.Stack.Host.ConfigChange(on.Device);
        Assert.True(on.Device.IsConfigSignalled);
        on.World.Scheduler.Run();
        Assert.Null(on.LookSettled());
    }

    [Fact]
    public void I31_a_device_that_is_counted_as_being_recognized_for_ever()
    {
        Assert.Null(on.LookSettled());
        on.Stack.Cio.IoSubchannels.BeginRecognition(new(on.Cdev));
        Assert.Equal((ViolationKind.Hang, "ccw_device_init_count"), (on.LookSettled()?.Kind, on.World.Noted?.ObjectType));
    }

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, false, true)] // whoever polled took everything
    [InlineData(false, true, true)] // nobody was notified
    public void A_notification_of_a_queue_that_reaches_nobody(bool signalled, bool used, bool isGood)
    {
        var vq = on.Vcdev.Vqs[0].Target!;
        if (used) vq.LastUsedIdx--;
        on.Device.Virtio.Queue(0)!.IsSignalled = signalled;
        Assert.Null(on.Look());
        Assert.Equal(isGood ? null : ViolationKind.LostRequest, on.LookSettled()?.Kind);
    }

    [Fact]
    public void A_notification_that_reaches_the_queue()
    {
        on.Device.Virtio.Queue(0)!.IsSignalled = true;
        on.Stack.Virtio.Watch!.Interrupted(on.Vcdev.Vqs[0]);
        Assert.False(on.Device.Virtio.Queue(0)!.IsSignalled);
    }

    [Fact]
    public void A_queue_that_is_broken_needs_no_notification()
    {
        var vq = on.Vcdev.Vqs[0].Target!;
        vq.LastUsedIdx--;
        vq.Broken = true;
        on.Device.Virtio.Queue(0)!.IsSignalled = true;
        Assert.Null(on.LookSettled());
    }

    private void Expect(ViolationKind kind, string type)
    {
        var noted = on.Look();
        Assert.Equal((kind, type), (noted?.Kind, noted?.ObjectType));
    }
}
