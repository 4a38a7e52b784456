using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.VirtioCcw;

/// <summary>Adapter interrupt areas are shared by devices, there are several, and they can all be full.</summary>
public sealed class IndicatorAreaTests
{
    private const int AreaBits = 2048;
    private readonly CampaignRunner runner = new(new World(), VariantCatalogue.Default);

    [Fact]
    public void TwoDevicesShareAnArea()
    {
        Play("plug 0 type=scsi\nplug 1 type=blk\n");
        var (first, second) = (Indicators(0x1234), Indicators(0x1334));
        Assert.Equal((first.Vector, first.Summary), (second.Vector, second.Summary));
        Assert.Equal((0UL, 3UL), (first.Bit, second.Bit));
    }

    [Fact]
    public void QueuesThatDoNotFitGoToTheNextAreaWithASummaryOfItsOwn()
    {
        Play("plug 0 type=blk\ncrowd bits=2045\nplug 1 type=scsi\nplug 2 type=blk\n");
        var (first, second, third) = (Indicators(0x1234), Indicators(0x1334), Indicators(0x1434));
        Assert.Equal((0UL, 0UL, 2046UL), (first.Bit, second.Bit, third.Bit));
        Assert.Equal(first.Vector, third.Vector);
        Assert.NotEqual(first.Vector, second.Vector);
        Assert.Equal((first.Summary + 1, first.Summary), (second.Summary, third.Summary));
    }

    [Fact]
    public void WithoutBitsInAnyAreaADeviceHasClassicInterrupts()
    {
        Play("crowd bits=40960\nplug 0 type=blk\n");
        var device = Device(0x1234);
        Assert.Null(device.SummaryIndicator);
        Assert.NotNull(device.Indicators);
        Assert.Equal(20, Areas().Count);
        Assert.All(Areas(), used => Assert.Equal(AreaBits, used));
    }

    [Fact]
    public void ADeviceThatGoesGivesItsBitsBackToItsOwnArea()
    {
        Play("crowd bits=2048\nplug 0 type=scsi\nplug 1 type=blk\n");
        Assert.Equal([AreaBits, 4], Areas());
        Play("crowd bits=2048\nplug 0 type=scsi\nplug 1 type=blk\nunplug 0\n");
        Assert.Equal([AreaBits, 1], Areas());
    }

    [Fact]
    public void ABalloonTakesTwoBitsForQueuesItDoesNotHaveAndNeverGivesThemBack()
    {
        Play("plug 0 type=balloon\n");
        Assert.Equal([5], Areas());
        Play("plug 0 type=balloon\noffline 0\nonline 0\noffline 0\n");
        Assert.Equal([4], Areas());
    }

    [Fact]
    public void TheCrowdComesInDevicesThatFit()
    {
        Play("plug 0 type=blk\ncrowd bits=2047\ncrowd bits=100\n");
        Assert.Equal([AreaBits, 100], Areas());
    }

    [Theory]
    [InlineData("crowd bits=2048\nplug 0 type=blk\nopen 0\nwrite 0 sector=5\nread 0 sector=5\nclose 0\nunplug 0\n", "Adapter")]
    [InlineData("crowd bits=40960\nplug 0 type=blk\nopen 0\nwrite 0 sector=5\nread 0 sector=5\nclose 0\nunplug 0\n", "Io")]
    public void RequestsEndThere(string campaign, string interrupt)
    {
        var target = TargetPool.Traced();
        Assert.True(target.Run(CampaignParser.Parse(campaign)).IsClean);
        var lines = target.World.Trace.Lines.ToList();
        var write = lines.FindIndex(l => l.Kind == TraceKind.Operation && l.Text.Contains("write", StringComparison.Ordinal));
        var taken = lines.Skip(write).First(l => l.Kind == TraceKind.Interrupt && l.Text.StartsWith("irq/", StringComparison.Ordinal));
        Assert.StartsWith("irq/" + interrupt, taken.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, lines.Count(l => l.Kind == TraceKind.Log && l.Text is "write: 512" or "read: 512"));
    }

    /// <summary>Plays operations, and looks before everything comes to rest.</summary>
    private void Play(string text)
    {
        var world = runner.Stack.World;
        world.Reset();
        runner.PlayOperations(CampaignParser.Parse(text));
    }

    private List<int> Areas() => [.. runner.Stack.VirtioCcw.Airqs.Areas.Select(area => area.Vector.Used)];

    private VirtioCcwHostDevice Device(ushort devno) => runner.Stack.Host.FindByDevno(devno)!;

    private (ulong Bit, ulong Vector, ulong Summary) Indicators(ushort devno)
    {
        var device = Device(devno);
        return (device.IndicatorBit, device.Indicators!.Address, device.SummaryIndicator!.Address);
    }
}
