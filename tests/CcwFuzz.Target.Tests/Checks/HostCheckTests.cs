using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Channel;
using CcwFuzz.Target.Checks;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>Checks of what passes between guest and host.</summary>
public sealed class HostCheckTests
{
    private readonly OnlineStack on = new(host: "deferred");

    private IHostWatch Watch => on.Stack.Channel.Watch!;

    [Theory]
    [InlineData(null)]
    [InlineData(3)] // its count
    [InlineData(0x1007)] // its data
    [Fires(24)]
    public void I24_a_program_that_changes(int? changed)
    {
        const uint Ccw = 0x2000;
        var memory = on.Stack.Memory;
        memory.Write64(Ccw, 0x3100_0008_0000_1000);
        var sch = on.Device.Subchannel!;
        sch.SetOrb(new Orb { Control = OrbControl.Format, Cpa = Ccw });
        Watch.Accepted(sch);
        if (changed is { } at) memory.Write8(at < 8 ? Ccw + (uint)at : (uint)at, 0x55);
        memory.Write8(0x1008, 0x55); // behind the data
        Watch.Fetching(sch);
        Assert.Equal(changed is null, on.World.Noted is null);
    }

    [Fact]
    [Fires(26, 27)]
    public void I26_and_I27_a_silent_host()
    {
        Watch.Notifying(on.Device.Subchannel, 0x1000);
        Watch.Using(on.Device.Subchannel, 0x1000);
        Assert.Null(on.World.Noted);
        Watch.Using(on.Device.Subchannel, 0);
        Assert.Equal("a used buffer of a queue that is not set up", on.World.Noted?.Message);
    }

    [Fact]
    public void I27_an_unplugged_device()
    {
        Watch.Notifying(null, 0x1000);
        Assert.Equal("a notification of a device that is unplugged", on.World.Noted?.Message);
    }

    [Theory]
    [InlineData(CrwFlags.Chained, CrwFlags.None, true)]
    [InlineData(CrwFlags.Chained, CrwFlags.Chained | CrwFlags.Overflow, true)]
    [InlineData(CrwFlags.Chained, CrwFlags.Chained, false)]
    public void I44_pairs(CrwFlags first, CrwFlags second, bool isGood)
    {
        var check = new CrwCheck(on.World);
        check.Read(new Crw(first, ReportingSource.Subchannel, ErrorRecovery.InstalledParametersInitialized, 0));
        check.Read(new Crw(second, ReportingSource.Subchannel, ErrorRecovery.InstalledParametersInitialized, 0));
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)] // the write under way
    [InlineData(3, false)]
    public void A_disk_reads_as_it_was_written(byte found, bool isGood)
    {
        var check = new DiskContentsCheck(on.World);
        var disk = new Gendisk(on.World, null!) { Operations = null! };
        check.Reading(disk, 0, 512);
        check.ReadBack(disk, 0, Sector(9)); // never written
        check.Writing(disk, 0, Sector(1));
        check.Written(disk, 0, Sector(1), 0);
        check.Writing(disk, 0, Sector(2));
        check.Reading(disk, 0, 512);
        check.ReadBack(disk, 0, Sector(found));
        Assert.Equal(isGood, on.World.Noted is null);
    }

    [Fact]
    public void A_write_that_ended_is_the_only_one_that_counts()
    {
        var check = new DiskContentsCheck(on.World);
        var disk = new Gendisk(on.World, null!) { Operations = null! };
        foreach (byte value in (byte[])[1, 2])
        {
            check.Writing(disk, 0, Sector(value));
            check.Written(disk, 0, Sector(value), 0);
        }
        check.ReadBack(disk, 0, Sector(2));
        Assert.Null(on.World.Noted);
        check.ReadBack(disk, 0, Sector(1));
        Assert.Equal(ViolationKind.WrongResult, on.World.Noted?.Kind);
    }

    [Fact]
    public void What_comes_of_a_noted_violation_is_the_better_finding()
    {
        var target = TargetPool.Of();
        var seed = Repository.PathOf("corpus", "seeds", "unbind-ccw-during-online.txt");
        var verdict = target.Run(CampaignParser.Parse(File.ReadAllText(seed)));
        Assert.Equal("remove, set_online", target.World.Noted?.State);
        Assert.Equal(ViolationKind.Leak, verdict.Violation?.Kind);
    }

    private static byte[] Sector(byte value)
    {
        var data = new byte[512];
        Array.Fill(data, value);
        return data;
    }
}
