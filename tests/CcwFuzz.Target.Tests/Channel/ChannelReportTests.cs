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
    public void PlugAndUnplugReportOneWordEach()
    {
        bench.Host.Unplug(bench.Plug(DeviceType.Rng));
        Assert.Equal([0x03040000u, 0x03040000u], Drain());
    }

    [Fact]
    public void WithSeveralSetsWordsComeInChainedPairs()
    {
        bench.Channel.EnableMultipleSubchannelSets();
        bench.Plug(DeviceType.Rng, 1);
        bench.Plug(DeviceType.Rng, 2);
        bench.Plug(DeviceType.Blk, 3, ssid: 2);
        Assert.Equal([0x13040000u, 0x03040000u, 0x13040001u, 0x03040000u, 0x13040000u, 0x03040020u], Drain());
    }

    [Fact]
    public void ColdPluggedDevicesAreNotReported()
    {
        bench.Host.Plug(DeviceType.Rng, 1, hotplugged: false);
        Assert.Empty(Drain());
    }

    [Fact]
    public void MachineCheckIsRaisedOnceUntilTheQueueWasFoundEmpty()
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
    public void LostWordsAreReportedInTheNextOne()
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
    public void UnplugTakesThePendingInterruptBack()
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
    public void SystemResetDropsWordsAndSets()
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
