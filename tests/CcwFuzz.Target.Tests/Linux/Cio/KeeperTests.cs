using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Cio;

/// <summary>What happens to a device whose driver keeps it, step by step (device.c, device_fsm.c, chp.c, blacklist.c).</summary>
public sealed class KeeperTests
{
    private const string OnKeeper = "unbind-ccw 0\nbind-keeper 0\nonline 0\n";
    private const string BusId = "0.0.1234";

    [Fact]
    public void A_kept_device_waits_in_the_orphanage_with_its_subchannel_left()
    {
        var stack = Play("plug 0\n" + OnKeeper + "unplug 0\n");
        var cdev = stack.Cio.PeekDevice(BusId);
        Assert.Equal(DevState.Disconnected, State(stack));
        Assert.Equal("defunct", cdev.Read().Sch.Read().Name);
        Assert.Contains(SchAction.OrphCdev, stack.Cio.ReachedActions);
        Assert.Contains(stack.Kernel.Heap.Live.OfType<Subchannel>(), s => s.IsRegistered && s.Name == "0.0.0000");
        // The lock of an orphan is the orphanage's.
        Assert.Equal(cdev.Read().Sch.Read().LockPtr, cdev.Read().CcwLock);
    }

    [Fact]
    public void Behind_the_last_device_the_subchannel_goes_as_well()
    {
        var stack = Play("plug 1\nplug 0\n" + OnKeeper + "unplug 0\n");
        Assert.Equal(DevState.Disconnected, State(stack));
        Assert.Contains(SchAction.OrphUnreg, stack.Cio.ReachedActions);
        Assert.DoesNotContain(stack.Kernel.Heap.Live.OfType<Subchannel>(), s => s.Name == "0.0.0001");
    }

    [Fact]
    public void Another_device_takes_the_subchannel_of_a_kept_one()
    {
        var stack = Play("plug 0\n" + OnKeeper + "unplug 0 run=1\nplug 1\n");
        Assert.Contains(SchAction.OrphAttach, stack.Cio.ReachedActions);
        Assert.Equal("defunct", stack.Cio.PeekDevice(BusId).Read().Sch.Read().Name);
        Assert.Equal("0.0.0000", stack.Cio.PeekDevice("0.0.1334").Read().Sch.Read().Name);
    }

    [Theory]
    [InlineData("plug 0\n", "0.0.0000")]
    [InlineData("plug 1\nplug 0\n", "0.0.0001")]
    public void A_kept_device_that_returns_is_online_again(string again, string subchannel)
    {
        var stack = Play("plug 0\n" + OnKeeper + "unplug 0\n" + again);
        Assert.Equal(DevState.Online, State(stack));
        Assert.Equal(subchannel, stack.Cio.PeekDevice(BusId).Read().Sch.Read().Name);
        Assert.Equal(["Gone", "Gone", "Oper", "paths gone 00 available 80"], stack.Keeper.Told);
    }

    [Fact]
    public void A_verification_that_begins_while_the_device_goes_offline_is_taken_for_a_path_group()
    {
        const string Seed = "verification-while-going-offline.txt";
        var target = TargetPool.Traced();
        var verdict = target.Run(CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", Seed))));
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        Assert.Contains(target.World.Trace.Lines, line => line.Text == $"{BusId}: DISBAND_PGID -> NOT_OPER");
    }

    [Fact]
    public void Without_a_path_a_device_is_disconnected_and_comes_back_with_the_path()
    {
        Assert.Equal(DevState.Disconnected, State(Play("plug 0\n" + OnKeeper + "vary to=off\n")));
        var stack = Play("plug 0\n" + OnKeeper + "vary to=off\nrescan\nvary to=on\n");
        Assert.Contains(SchAction.Disc, stack.Cio.ReachedActions);
        Assert.Equal(DevState.Online, State(stack));
        Assert.Equal(["NoPath", "NoPath", "Oper", "paths gone 00 available 80"], stack.Keeper.Told);
    }

    [Fact]
    public void Recovery_looks_after_three_thirty_and_three_hundred_seconds()
    {
        var stack = Play("plug 0\n" + OnKeeper + "vary to=off\n");
        var times = new List<long>();
        for (var i = 0; i < 4; i++)
        {
            stack.World.Scheduler.AdvanceToNextTimer();
            times.Add(stack.World.Scheduler.Now);
            stack.World.Scheduler.Run();
        }
        Assert.Equal([3_000, 33_000, 333_000, 633_000], times);
        Assert.True(stack.Cio.ReachedCells.Contains(DevState.Disconnected, DevEvent.Verify));
    }

    [Fact]
    public void Without_a_path_a_device_of_virtio_goes_and_is_found_again_with_the_path()
    {
        Assert.True(Play("plug 0 type=blk\nvary to=off\n").Cio.PeekDevice(BusId).IsNull);
        Assert.Equal(DevState.Online, State(Play("plug 0 type=blk\nvary to=off\nvary to=on\n")));
    }

    [Fact]
    public void A_device_that_came_without_a_path_is_found_a_second_after_the_path()
    {
        var stack = Play("plug 1\nvary to=off\nplug 0\n");
        Assert.True(stack.Cio.PeekDevice(BusId).IsNull);
        Assert.Equal(DevState.Online, State(Play("plug 1\nvary to=off\nplug 0\nvary to=on\nwait ms=1000\n")));
    }

    [Fact]
    public void Evaluation_waits_for_a_delayed_one()
    {
        // The work is pending already when the report comes: a second passes before anybody looks.
        var waiting = Play("plug 0\n" + OnKeeper + "vary to=off\nvary to=on\nplug 1\n");
        Assert.True(waiting.Cio.PeekDevice("0.0.1334").IsNull);
        waiting.World.Scheduler.Advance(1000);
        waiting.World.Scheduler.Run();
        Assert.False(waiting.Cio.PeekDevice("0.0.1334").IsNull);
    }

    [Fact]
    public void Sense_of_path_groups_is_rejected_and_verification_goes_on_without()
    {
        var stack = Play("plug 0\n" + OnKeeper);
        var priv = stack.Cio.PeekDevice(BusId).Read().Private.Read();
        Assert.Equal((false, false, DevState.Online), (priv.PathGroup, priv.Multipath, priv.State));
    }

    [Fact]
    public void Suspended_IO_is_cancelled_when_it_times_out()
    {
        var stack = Play("plug 0\n" + OnKeeper + "keeper-io 0 do=suspend\nwait ms=10000\n");
        Assert.Equal([$"I/O ended with {-Errno.ETIMEDOUT}"], stack.Keeper.Told);
        Assert.Equal(DevState.Online, State(stack));
    }

    [Fact]
    public void Suspended_IO_is_stopped_before_a_device_goes_offline()
    {
        var stack = Play("plug 0\n" + OnKeeper + "keeper-io 0 do=suspend\noffline 0\n");
        Assert.Equal([$"I/O ended with {-Errno.EIO}"], stack.Keeper.Told);
        Assert.Equal(DevState.Offline, State(stack));
    }

    [Fact]
    public void A_device_unbound_during_suspended_IO_stays_in_quiesce()
    {
        // io_subchannel_quiesce() sets the state and leaves it when the cancel succeeds: online says -EAGAIN from now on.
        var stack = Play("plug 0\n" + OnKeeper + "keeper-io 0 do=suspend\nunbind-ccw 0\nbind-keeper 0\nonline 0\n");
        Assert.Equal(DevState.Quiesce, State(stack));
        Assert.Contains(stack.World.Trace.Lines, l => l.Text == $"echo 1 > online: {-Errno.EAGAIN}");
    }

    [Fact]
    public void An_ignored_device_that_is_offline_is_purged_and_found_again_when_it_is_freed()
    {
        Assert.Equal(DevState.Online, State(Play("plug 0\ncio-ignore 0\ncio-ignore 0 do=purge\n")));
        Assert.True(Play("plug 0\noffline 0\ncio-ignore 0\ncio-ignore 0 do=purge\n").Cio.PeekDevice(BusId).IsNull);
        Assert.True(Play("plug 0\noffline 0\ncio-ignore 0\ncio-ignore 0 do=purge\nrescan\n").Cio.PeekDevice(BusId).IsNull);
        var freed = Play("plug 0\noffline 0\ncio-ignore 0\ncio-ignore 0 do=purge\ncio-ignore 0 do=free\n");
        Assert.Equal(DevState.Online, State(freed));
    }

    [Fact]
    public void An_ignored_device_is_not_attached() => Assert.True(Play("cio-ignore 0\nplug 0\n").Cio.PeekDevice(BusId).IsNull);

    [Fact]
    public void Force_is_for_drivers_that_allow_it()
    {
        // A device that is not boxed just goes online.
        Assert.Equal(DevState.Online, State(Play("plug 0\noffline 0\nonline 0 force=yes\n")));
    }

    [Fact]
    public void A_disconnected_device_that_is_set_offline_goes()
    {
        var stack = Play("plug 0\n" + OnKeeper + "unplug 0\noffline 0\n");
        Assert.True(stack.Cio.PeekDevice(BusId).IsNull);
        Assert.DoesNotContain(stack.Kernel.Heap.Live, o => o is CcwDevice);
    }

    [Fact]
    public void Bind_refuses_a_device_that_has_a_driver()
    {
        var stack = Play("plug 0\nbind-keeper 0\n");
        Assert.Contains(stack.World.Trace.Lines, l => l.Text == $"bind: {-Errno.EBUSY}");
        Assert.Equal("virtio_ccw", stack.Cio.PeekDevice(BusId).As<Device>().Read().Driver!.Name);
    }

    private static DevState State(DeviceStack stack) => stack.Cio.PeekDevice(BusId).Read().Private.Read().State;

    /// <summary>Plays a campaign up to its last operation; what comes to rest afterwards is not looked at.</summary>
    private static DeviceStack Play(string campaign) => CampaignPlayer.Play(CampaignParser.Parse(campaign)).Stack;
}
