using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Channel;

/// <summary>A host that performs functions some time after their instruction.</summary>
public class DeferredTests
{
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;

    public DeferredTests()
    {
        device = bench.Plug(DeviceType.Rng);
        bench.Settle();
        bench.Taken.Clear();
        bench.Channel.IsDeferred = true;
        bench.Put(0, CcwCommand.SenseId, CcwFlags.None, 256);
    }

    private SubchannelId Id => device.Id;

    private ScswControl Control
    {
        get
        {
            bench.Channel.StoreSubchannel(Id, out var schib);
            return schib.Scsw.Control;
        }
    }

    private Scsw Collect()
    {
        Assert.Equal(InstructionResult.Cc0, bench.Channel.TestSubchannel(Id, out var irb));
        return irb.Scsw;
    }

    [Fact]
    public void A_function_that_is_held_back_stays_pending()
    {
        bench.Host.HoldFunctions(device);
        Assert.Equal(InstructionResult.Cc0, bench.Start(Id));
        bench.Settle();
        Assert.Equal(ScswControl.Start | ScswControl.StartPending, Control);
        Assert.Equal(InstructionResult.Cc2, bench.Start(Id));
        bench.Channel.StoreSubchannel(Id, out var schib);
        Assert.Equal(InstructionResult.Cc2, bench.Channel.ModifySubchannel(Id, in schib));
        Assert.True(bench.Host.ReleaseFunctions(device));
        bench.Settle();
        Bench.AssertSuccess(Collect());
        Assert.False(bench.Host.ReleaseFunctions(device));
    }

    [Fact]
    public void The_program_is_fetched_when_it_is_executed()
    {
        bench.Host.HoldFunctions(device);
        var program = bench.Memory.Allocate(8, "ccw", 8);
        bench.Start(Id, program: program);
        bench.Memory.Free(program);
        bench.Host.ReleaseFunctions();
        var found = Assert.Throws<ViolationException>(bench.Settle);
        Assert.Equal((ViolationKind.DmaToFreed, "ccw"), (found.Violation.Kind, found.Violation.ObjectType));
    }

    [Fact]
    public void A_pending_start_is_cancelled_halted_or_cleared()
    {
        bench.Host.HoldFunctions(device);
        bench.Start(Id);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.CancelSubchannel(Id));
        Assert.Equal(ScswControl.None, Control);

        bench.Start(Id);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.HaltSubchannel(Id));
        Assert.Equal(InstructionResult.Cc2, bench.Channel.HaltSubchannel(Id));
        Assert.Equal(InstructionResult.Cc2, bench.Channel.CancelSubchannel(Id));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.ClearSubchannel(Id));
        Assert.Equal(ScswControl.Clear | ScswControl.ClearPending, Control);
        bench.Host.ReleaseFunctions();
        bench.Settle();
        Assert.Equal(ScswControl.Clear | ScswControl.StatusPending, Collect().Control);
        Assert.Equal(0, bench.Memory.Read8(Bench.Payload)); // the program never ran
    }

    [Fact]
    public void An_active_start_is_halted_and_not_cancelled()
    {
        bench.Start(Id);
        bench.World.Scheduler.Run(1); // up to the point behind its initiation
        Assert.Equal(ScswControl.Start | ScswControl.SubchannelActive | ScswControl.DeviceActive, Control);
        Assert.Equal(InstructionResult.Cc2, bench.Channel.CancelSubchannel(Id));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.HaltSubchannel(Id));
        bench.Settle();
        var scsw = Collect();
        Assert.Equal(ScswControl.Halt | ScswControl.StatusPending, scsw.Control & ~ScswControl.ActivityMask);
        Assert.Equal(DeviceStatus.DeviceEnd, scsw.DeviceStatus);
        Assert.Equal(0, bench.Memory.Read8(Bench.Payload));
        Assert.Equal(ScswControl.None, Control);
    }

    [Fact]
    public void A_vanished_subchannel_never_presents_status()
    {
        bench.Host.HoldFunctions(device);
        bench.Start(Id);
        bench.Host.Unplug(device);
        Assert.False(bench.Host.ReleaseFunctions());
        bench.Settle();
        Assert.DoesNotContain(bench.Taken, interrupt => interrupt.Class == InterruptClass.Io);
        Assert.Equal(InstructionResult.Cc3, bench.Channel.TestSubchannel(Id, out _));
    }

    [Fact]
    public void Unsolicited_status_waits_for_the_end_of_a_function()
    {
        bench.Host.HoldFunctions(device);
        bench.Start(Id);
        Assert.False(bench.Host.SpuriousInterrupt(device));
        Assert.False(bench.Host.ErrorInterrupt(device, DeviceStatus.UnitCheck, SubchannelStatus.None));
        Assert.Equal(ScswControl.Start | ScswControl.StartPending, Control);
        bench.Host.ReleaseFunctions();
        bench.Settle();
        Bench.AssertSuccess(Collect());
        Assert.Equal(ScswControl.Alert | ScswControl.StatusPending, Collect().Control);
        Assert.Equal(InstructionResult.Cc1, bench.Channel.TestSubchannel(Id, out _));
    }

    [Fact]
    public void Old_status_is_forgotten()
    {
        var orb = new Orb { Control = OrbControl.Format, Lpm = 0x7f, Cpa = Bench.Program };
        bench.Channel.StartSubchannel(Id, in orb);
        bench.Settle();
        Assert.Equal(3, Collect().DeferredCc);
        bench.Start(Id);
        bench.Settle();
        Assert.Equal(0, Collect().DeferredCc);
        bench.Channel.IsDeferred = false; // QEMU keeps it
        bench.Channel.StartSubchannel(Id, in orb);
        Collect();
        bench.Start(Id);
        Assert.Equal(3, Collect().DeferredCc);
    }

    [Fact]
    public void A_guest_that_only_polls_gets_what_is_held_back()
    {
        bench.World.Scheduler.HeldBack = bench.Host.ReleaseFunctions;
        bench.Host.HoldFunctions(device);
        bench.Start(Id);
        bench.World.Scheduler.Spawn(ContextKind.Task, "poller", Poll);
        bench.Settle();
        Assert.Equal(ScswControl.None, Control);
    }

    private async SimTask Poll()
    {
        while (bench.Channel.TestSubchannel(Id, out _) != InstructionResult.Cc0) await bench.World.Scheduler.Relax;
    }
}
