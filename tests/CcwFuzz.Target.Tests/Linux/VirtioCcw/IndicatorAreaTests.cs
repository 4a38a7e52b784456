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
    public void Two_devices_share_an_area()
    {
        Play("plug 0 type=scsi\nplug 1 type=blk\n");
        var (first, second) = (Indicators(0x1234), Indicators(0x1334));
        Assert.Equal((first.Vector, first.Summary), (second.Vector, second.Summary));
        Assert.Equal((0UL, 3UL), (first.Bit, second.Bit));
    }

    [Fact]
    public void Queues_that_do_not_fit_go_to_the_next_area_with_a_summary_of_its_own()
    {
        Play("plug 0 type=blk\ncrowd bits=2045\nplug 1 type=scsi\nplug 2 type=blk\n");
        var (first, second, third) = (Indicators(0x1234), Indicators(0x1334), Indicators(0x1434));
        Assert.Equal((0UL, 0UL, 2046UL), (first.Bit, second.Bit, third.Bit));
        Assert.Equal(first.Vector, third.Vector);
        Assert.NotEqual(first.Vector, second.Vector);
        Assert.Equal((first.Summary + 1, first.Summary), (second.Summary, third.Summary));
    }

    [Fact]
    public void Without_bits_in_any_area_a_device_has_classic_interrupts()
    {
        Play("crowd bits=40960\nplug 0 type=blk\n");
        var device = Device(0x1234);
        Assert.Null(device.SummaryIndicator);
        Assert.NotNull(device.Indicators);
        Assert.Equal(20, Areas().Count);
        Assert.All(Areas(), used => Assert.Equal(AreaBits, used));
    }

    [Fact]
    public void A_device_that_goes_gives_its_bits_back_to_its_own_area()
    {
        Play("crowd bits=2048\nplug 0 type=scsi\nplug 1 type=blk\n");
        Assert.Equal([AreaBits, 4], Areas());
        Play("crowd bits=2048\nplug 0 type=scsi\nplug 1 type=blk\nunplug 0\n");
        Assert.Equal([AreaBits, 1], Areas());
    }

    [Fact]
    public void A_balloon_takes_two_bits_for_queues_it_does_not_have_and_never_gives_them_back()
    {
        Play("plug 0 type=balloon\n");
        Assert.Equal([5], Areas());
        Play("plug 0 type=balloon\noffline 0\nonline 0\noffline 0\n");
        Assert.Equal([4], Areas());
    }

    [Fact]
    public void The_crowd_comes_in_devices_that_fit()
    {
        Play("plug 0 type=blk\ncrowd bits=2047\ncrowd bits=100\n");
        Assert.Equal([AreaBits, 100], Areas());
    }

    [Theory]
    [InlineData("crowd bits=2048\nplug 0 type=blk\nopen 0\nwrite 0 sector=5\nread 0 sector=5\nclose 0\nunplug 0\n", "Adapter")]
    [InlineData("crowd bits=40960\nplug 0 type=blk\nopen 0\nwrite 0 sector=5\nread 0 sector=5\nclose 0\nunplug 0\n", "Io")]
    public void Requests_end_there(string campaign, string interrupt)
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
