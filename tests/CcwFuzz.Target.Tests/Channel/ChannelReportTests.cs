using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Channel;

public class ChannelReportTests
{
    private readonly Bench bench = new();

    private List<uint> Drain()
    {
        var words = new List<uint>();
        while (bench.Channel.StoreChannelReportWord(out var crw) == InstructionResult.Cc0) words.Add(crw.Word);
        return words;
    }

    [Fact]
    public void Plug_and_unplug_report_one_word_each()
    {
        bench.Host.Unplug(bench.Plug(DeviceType.Rng));
        Assert.Equal([0x03040000u, 0x03040000u], Drain());
    }

    [Fact]
    public void With_several_sets_words_come_in_chained_pairs()
    {
        bench.Channel.EnableMultipleSubchannelSets();
        bench.Plug(DeviceType.Rng, 1);
        bench.Plug(DeviceType.Rng, 2);
        bench.Plug(DeviceType.Blk, 3, ssid: 2);
        Assert.Equal([0x13040000u, 0x03040000u, 0x13040001u, 0x03040000u, 0x13040000u, 0x03040020u], Drain());
    }

    [Fact]
    public void Cold_plugged_devices_are_not_reported()
    {
        bench.Host.Plug(DeviceType.Rng, 1, hotplugged: false);
        Assert.Empty(Drain());
    }

    [Fact]
    public void Machine_check_is_raised_once_until_the_queue_was_found_empty()
    {
        bench.Plug(DeviceType.Rng, 1);
        bench.Plug(DeviceType.Rng, 2);
        bench.Settle();
        Assert.Equal(1, bench.Taken.Count(interrupt => interrupt.Class == InterruptClass.MachineCheck));

        bench.Channel.StoreChannelReportWord(out _);
        bench.Channel.StoreChannelReportWord(out _);
        bench.Plug(DeviceType.Rng, 3); // the queue is empty, but nobody has seen it empty
        bench.Settle();
        Assert.Equal(1, bench.Taken.Count(interrupt => interrupt.Class == InterruptClass.MachineCheck));

        Drain();
        bench.Plug(DeviceType.Rng, 4);
        bench.Settle();
        Assert.Equal(2, bench.Taken.Count(interrupt => interrupt.Class == InterruptClass.MachineCheck));
    }

    [Fact]
    public void Lost_words_are_reported_in_the_next_one()
    {
        bench.Channel.CrwCapacity = 1;
        bench.Plug(DeviceType.Rng, 1);
        bench.Plug(DeviceType.Rng, 2); // lost
        Assert.Equal(InstructionResult.Cc0, bench.Channel.StoreChannelReportWord(out _));
        bench.Plug(DeviceType.Rng, 3);
        Assert.Equal(InstructionResult.Cc0, bench.Channel.StoreChannelReportWord(out var crw));
        Assert.True(crw.IsOverflow);
        Assert.Equal(2, crw.SourceId);
        bench.Plug(DeviceType.Rng, 4);
        bench.Channel.StoreChannelReportWord(out crw);
        Assert.False(crw.IsOverflow);
    }

    [Fact]
    public void Unplug_takes_the_pending_interrupt_back()
    {
        var device = bench.Plug(DeviceType.Rng);
        bench.Put(0, CcwCommand.Noop, CcwFlags.None, 1);
        bench.Start(device.Id);
        Assert.True(bench.World.Scheduler.IsRaised(InterruptClass.Io, device.Id.Word));
        bench.Host.Unplug(device);
        Assert.False(bench.World.Scheduler.IsRaised(InterruptClass.Io, device.Id.Word));
        Assert.Equal(InstructionResult.Cc3, bench.Channel.TestSubchannel(device.Id, out _));
    }

    [Fact]
    public void System_reset_drops_words_and_sets()
    {
        bench.Channel.EnableMultipleSubchannelSets();
        var device = bench.Plug(DeviceType.Rng);
        bench.Host.SystemReset();
        Assert.Empty(Drain());
        Assert.False(bench.Channel.HasMultipleSubchannelSets);
        bench.Channel.StoreSubchannel(device.Id, out var schib);
        Assert.False(schib.Pmcw.IsEnabled);
        Assert.Equal(0u, schib.Pmcw.InterruptionParameter);
    }
}
