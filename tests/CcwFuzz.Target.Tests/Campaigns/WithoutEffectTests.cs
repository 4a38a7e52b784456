using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Campaigns;

/// <summary>What of a campaign did nothing is known afterwards, with the reason; what did something is not named.</summary>
public sealed class WithoutEffectTests
{
    [Fact]
    public void A_usual_life_has_no_idle_part() => Assert.Empty(Idle("""
        plug 0 type=blk
        open 0
        read 0
        write 0 sector=3
        sysfs-read 0
        kick 0
        config-change 0
        stall 0
        complete 0
        offline 0
        online 0
        unbind 0
        bind 0
        unbind-ccw 0
        bind-ccw 0
        close 0
        unplug 0
        """));

    [Theory]
    [InlineData("open 3", "node")]
    [InlineData("unplug 2", "no device")]
    [InlineData("config-change 2", "no device")]
    [InlineData("stall 2", "no device")]
    [InlineData("complete 2", "no device")]
    [InlineData("interrupt 2", "no device")]
    [InlineData("port 2", "no device")]
    [InlineData("stats 2", "no device")]
    [InlineData("stats 0", "statistics")]
    [InlineData("port 0", "no such port")]
    [InlineData("plug 0", "already")]
    [InlineData("stall 0 what=functions", "at once")]
    [InlineData("complete 0 what=functions", "held back")]
    [InlineData("close 0", "nothing is open")]
    [InlineData("read 0", "nothing is open")]
    [InlineData("write 0", "nothing is open")]
    [InlineData("online 2", "no such ccw device")]
    [InlineData("offline 2", "no such ccw device")]
    [InlineData("bind 2", "no virtio device")]
    [InlineData("unbind 2", "no virtio device")]
    [InlineData("bind 0", "has a driver already")]
    [InlineData("bind-ccw 0", "has a driver already")]
    [InlineData("bind-ccw 2", "no such ccw device")]
    [InlineData("unbind-ccw 2", "no such ccw device")]
    [InlineData("bind-keeper 2", "no such ccw device")]
    [InlineData("keeper-io 2", "no such ccw device")]
    [InlineData("kick 2", "no such ccw device")]
    [InlineData("sysfs-read 2", "no virtio device")]
    [InlineData("raw 0", "does not ignore")]
    public void An_operation_that_does_nothing_says_why(string operation, string why)
    {
        var part = Assert.Single(Idle($"plug 0 type=blk\n{operation}\n"));
        Assert.Equal((RecordKind.Operation, 1, operation), (part.Kind, part.Operation, part.Text));
        Assert.Contains(why, part.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_balloon_does_nothing()
    {
        var part = Assert.Single(Idle("plug 0 type=balloon\nplug 1 type=balloon\n"));
        Assert.Equal("plug 1 type=balloon", part.Text);
        Assert.Contains("refuses", part.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_number_that_is_ignored_twice_is_ignored_once() =>
        Assert.Equal([1], Idle("cio-ignore 0\ncio-ignore 0\n").Select(p => p.Operation));

    [Fact]
    public void A_deviation_that_is_never_met_is_named()
    {
        var part = Assert.Single(Idle("plug 0\n  switch at=60000\nunplug 0\n"));
        Assert.Equal((RecordKind.Deviation, 0, "switch at=60000"), (part.Kind, part.Operation, part.Text));
        Assert.Empty(Idle("plug 0\n  switch at=0\nunplug 0\n"));
    }

    [Fact]
    public void Of_two_deviations_at_one_point_the_first_does_nothing()
    {
        var part = Assert.Single(Idle("plug 0\n  switch at=0 to=2\n  switch at=0\nunplug 0\n"));
        Assert.Equal("switch at=0 to=2", part.Text);
        Assert.Contains("another one", part.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_that_is_never_reached_is_named()
    {
        var part = Assert.Single(Idle("plug 0\n  fail alloc=200\n"));
        Assert.Equal((RecordKind.Fault, 0, "fail alloc=200"), (part.Kind, part.Operation, part.Text));
        Assert.Empty(Idle("plug 0\n  fail alloc=1\n"));
    }

    [Fact]
    public void What_comes_after_the_violation_did_not_happen()
    {
        var idle = Idle("plug 0 type=scsi\nopen 0\nunplug 0\nclose 0\nplug 1\n  fail alloc=1\n", "unpinned");
        Assert.Equal(["close 0", "plug 1", "fail alloc=1"], idle.Select(p => p.Text));
        Assert.All(idle, p => Assert.Contains("ended before", p.Why, StringComparison.Ordinal));
    }

    [Fact]
    public void An_execution_says_nothing_about_the_one_before()
    {
        Assert.NotEmpty(Idle("open 3\n"));
        Assert.Empty(Idle("plug 0\n"));
    }

    private static IReadOnlyList<WithoutEffect> Idle(string text, string variant = VariantCatalogue.DefaultVariant)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve(variant));
        var campaign = CampaignParser.Parse(text);
        var verdict = target.Run(campaign);
        return target.WithoutEffect(campaign, in verdict);
    }
}
