using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Channel;

public class InstructionTests
{
    private readonly Bench bench = new();

    [Theory]
    [InlineData(0x0001_0000u, "0.0.0000")]
    [InlineData(0x0005_002au, "0.2.002a")]
    [InlineData(0xfe0b_1234u, "fe.1.1234")]
    public void Ids_have_a_word_and_a_name(uint word, string name)
    {
        Assert.True(SubchannelId.TryParse(word, out var id));
        Assert.Equal(word, id.Word);
        Assert.Equal(name, id.ToString());
    }

    [Theory]
    [InlineData(0x0000_0000u)] // no 'one' bit
    [InlineData(0xfe01_0000u)] // an image without the M bit
    public void Malformed_ids_are_refused(uint word) => Assert.False(SubchannelId.TryParse(word, out _));

    [Fact]
    public void Store_of_absent_subchannels()
    {
        // Nothing was ever plugged: there is no set.
        Assert.Equal(InstructionResult.Cc3, bench.Channel.StoreSubchannel(new SubchannelId(0), out _));
        var first = bench.Plug(DeviceType.Rng, 1);
        var second = bench.Plug(DeviceType.Rng, 2);
        Assert.Equal(InstructionResult.Cc3, bench.Channel.StoreSubchannel(new SubchannelId(2), out _));

        bench.Host.Unplug(first);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.StoreSubchannel(new SubchannelId(0), out var schib));
        Assert.Equal(PmcwFlags.None, schib.Pmcw.Flags);

        bench.Plug(DeviceType.Rng, 1);
        bench.Host.Unplug(second);
        Assert.Equal(InstructionResult.Cc3, bench.Channel.StoreSubchannel(new SubchannelId(1), out _));
    }

    [Fact]
    public void An_emptied_set_seems_to_have_subchannels_up_to_8192()
    {
        bench.Host.Unplug(bench.Plug(DeviceType.Rng));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.StoreSubchannel(new SubchannelId(0), out _));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.StoreSubchannel(new SubchannelId(8192), out _));
        Assert.Equal(InstructionResult.Cc3, bench.Channel.StoreSubchannel(new SubchannelId(8193), out _));
    }

    [Fact]
    public void Other_sets_are_invisible_until_enabled()
    {
        Assert.NotNull(bench.Host.Plug(DeviceType.Rng, 0x10, ssid: 1));
        var id = new SubchannelId(0, 1, 0);
        Assert.Equal(InstructionResult.Cc3, bench.Channel.StoreSubchannel(id, out _));
        Assert.Equal(0, bench.Channel.PendingCrws);
        bench.Channel.EnableMultipleSubchannelSets();
        Assert.Equal(InstructionResult.Cc0, bench.Channel.StoreSubchannel(id, out var schib));
        Assert.Equal(0x10, schib.Pmcw.DeviceNumber);
    }

    [Fact]
    public void Malformed_blocks_are_operand_exceptions()
    {
        var id = bench.Plug(DeviceType.Rng).Id;
        bench.Channel.StoreSubchannel(id, out var good);
        var bad = good;
        bad.Pmcw.Flags |= PmcwFlags.Qdio;
        Assert.Equal(InstructionResult.OperandException, bench.Channel.ModifySubchannel(id, in bad));
        bad = good;
        bad.Pmcw.Characteristics |= PmcwCharacteristics.ExtendedMeasurement;
        Assert.Equal(InstructionResult.OperandException, bench.Channel.ModifySubchannel(id, in bad));
        bad = good;
        bad.Pmcw.Characteristics |= PmcwCharacteristics.MeasurementBlockFormat;
        bad.Mba = 0x20;
        Assert.Equal(InstructionResult.OperandException, bench.Channel.ModifySubchannel(id, in bad));
        Assert.Equal(InstructionResult.OperandException, bench.Start(id, program: 0x8000_0000));
        Assert.Equal(InstructionResult.OperandException, bench.Start(id, OrbControl.Format | OrbControl.Invalid));
    }

    [Fact]
    public void Disabling_forgets_the_revision_only()
    {
        var device = bench.Plug(DeviceType.Rng);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 2, 0, 0);
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 1);
        Assert.Equal(2, device.Revision);
        bench.Enable(device.Id, false);
        Assert.Equal(-1, device.Revision);
        Assert.Equal(VirtioStatus.Acknowledge, device.Virtio.Status);
        bench.Enable(device.Id, true);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 1, 0, 0);
        Assert.Equal(1, device.Revision);
    }

    [Fact]
    public void Test_takes_the_interrupt_back()
    {
        var id = bench.Plug(DeviceType.Rng).Id;
        bench.Settle();
        bench.Taken.Clear();
        bench.Run(id, CcwCommand.Noop, 1);
        bench.Settle();
        Assert.Empty(bench.Taken);

        bench.Channel.TestWithdrawsInterrupt = false;
        bench.Run(id, CcwCommand.Noop, 1);
        bench.Settle();
        var interrupt = Assert.Single(bench.Taken);
        Assert.Equal((InterruptClass.Io, id.Word, 0x4711u), (interrupt.Class, interrupt.Key, interrupt.Parameter));
        Assert.Equal(InstructionResult.Cc1, bench.Channel.TestSubchannel(id, out _));
    }

    [Fact]
    public void Deferred_functions_are_busy_until_performed()
    {
        var id = bench.Plug(DeviceType.Rng).Id;
        bench.Settle();
        bench.Channel.IsDeferred = true;
        bench.Put(0, CcwCommand.Noop, CcwFlags.None, 1);
        Assert.Equal(InstructionResult.Cc0, bench.Start(id));
        Assert.Equal(InstructionResult.Cc2, bench.Start(id));
        Assert.Equal(InstructionResult.Cc1, bench.Channel.TestSubchannel(id, out _));
        Assert.Equal(InstructionResult.Cc0, bench.Channel.CancelSubchannel(id));
        bench.Settle();
        Assert.Equal(InstructionResult.Cc1, bench.Channel.TestSubchannel(id, out _));

        bench.Start(id);
        bench.Settle();
        Assert.Equal(InstructionResult.Cc0, bench.Channel.TestSubchannel(id, out var irb));
        Bench.AssertSuccess(in irb.Scsw);
    }

    [Fact]
    public void Deferred_function_of_an_unplugged_device_is_never_performed()
    {
        var device = bench.Plug(DeviceType.Rng);
        bench.Settle();
        bench.Taken.Clear();
        bench.Channel.IsDeferred = true;
        bench.Put(0, CcwCommand.Noop, CcwFlags.None, 1);
        bench.Start(device.Id);
        bench.Host.Unplug(device);
        Assert.NotNull(bench.Host.Plug(DeviceType.Rng, 0x1234));
        bench.Settle();
        Assert.DoesNotContain(bench.Taken, interrupt => interrupt.Class == InterruptClass.Io);
    }

    [Fact]
    public void Every_instruction_is_traced()
    {
        var id = bench.Plug(DeviceType.Rng).Id;
        bench.World.Trace.On = false;
        bench.World.Trace.On = true;
        var before = bench.World.Trace.Lines.Count;
        bench.Channel.StoreSubchannel(id, out _);
        bench.Run(id, CcwCommand.Noop, 1);
        bench.Channel.CancelSubchannel(id);
        bench.Channel.ResumeSubchannel(id);
        bench.Channel.HaltSubchannel(id);
        bench.Channel.ClearSubchannel(id);
        bench.Channel.StoreChannelReportWord(out _);
        var lines = bench.World.Trace.Lines.Skip(before).Where(line => line.Kind == TraceKind.Instruction).Select(line => line.Text);
        string[] expected =
        [
            "stsch 0.0.0000 cc=0", "ssch 0.0.0000 cc=0", "tsch 0.0.0000 cc=0", "xsch 0.0.0000 cc=2",
            "rsch 0.0.0000 cc=2", "hsch 0.0.0000 cc=0", "csch 0.0.0000 cc=0", "stcrw cc=0 crw=03040000",
        ];
        Assert.Equal(expected, lines);
    }
}
