using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Devices;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Channel;

/// <summary>The model prints what QEMU 7.2 printed, line by line.</summary>
public class BareMetalTests
{
    private static readonly string[] Unstable = ["BM-START", "THROUGHPUT SSCH+TSCH READ_STATUS", "THROUGHPUT STSCH"];

    [Theory]
    [InlineData("bm-rng-legacy.log", DeviceType.Rng, false, true, false, false)]
    [InlineData("bm-rng-modern.log", DeviceType.Rng, true, false, true, false)]
    [InlineData("bm-blk-modern.log", DeviceType.Blk, true, false, true, false)]
    [InlineData("bm-unplug.log", DeviceType.Rng, false, false, true, true)]
    public void Equals_recording(string log, DeviceType type, bool revisionFirst, bool statusFirst, bool adapter, bool unplug)
    {
        var recorded = File.ReadAllLines(Repository.PathOf("tests", "CcwFuzz.Target.Tests", "Golden", "bare-metal", log));
        var world = new World();
        var memory = new GuestMemory(world);
        var channel = new ChannelSubsystem(world, memory);
        var host = new QemuHost(world, channel, DeviceCatalogue.HostFactory(world, memory));
        var device = host.Plug(type, 0x1234, hotplugged: false);
        Assert.NotNull(device);
        var options = new BareMetalOptions(revisionFirst, statusFirst, adapter, unplug);

        var printed = new BareMetalProgram(channel, memory, options) { Unplug = () => host.Unplug(device) }.Run();

        for (var i = 0; i < Math.Min(recorded.Length, printed.Count); i++)
            Assert.True(Same(recorded[i], printed[i]), $"{log}, line {i + 1}\nrecorded: {recorded[i]}\nmodel:    {printed[i]}");
        Assert.Equal(recorded.Length, printed.Count);
    }

    private static bool Same(string recorded, string printed)
    {
        foreach (var prefix in Unstable)
            if (recorded.StartsWith(prefix, StringComparison.Ordinal)) return printed == prefix;
        return recorded == printed;
    }
}
