using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>Campaigns whose operations happen exactly somewhere.</summary>
public sealed class RealCampaignTests
{
    private static readonly RealCampaign Campaign = new(
        CampaignParser.Parse("plug 0 run=9\nrescan run=9\nunplug 0 run=9\nplug 1 run=9\nunplug 1 run=9\n"),
        [ExactPoint.Parse("3=f"), ExactPoint.Parse("5=g:return:2")]);

    [Theory]
    [InlineData(0, 1, "2=f|4=g:return:2")]
    [InlineData(1, 1, "2=f|4=g:return:2")]
    [InlineData(2, 1, "4=g:return:2")]
    [InlineData(3, 1, "3=f|4=g:return:2")]
    [InlineData(0, 2, "3=g:return:2")] // what comes first happens at once
    [InlineData(4, 1, "3=f")]
    public void Points_move_with_their_operations(int at, int size, string expected)
    {
        var shorter = Campaign.Without(at, size);
        Assert.Equal(5 - size, shorter.Length);
        Assert.Equal(expected, string.Join('|', shorter.Points));
    }

    [Fact]
    public void A_point_stands_for_a_time()
    {
        Assert.Equal([true, false, true, false, true], Enumerable.Range(0, 5).Select(Campaign.Overlaps));
        Assert.Equal("plug 0 run=9\nrescan\nunplug 0 run=9\nplug 1\nunplug 1 run=9\n", Campaign.Sound().Campaign.ToString());
        Assert.Equal(4, Campaign.WithoutOverlap(4).Campaign.Operations.Count(o => !o.WaitsUntilQuiet));
    }

    [Fact]
    public void Only_the_host_acts_while_the_guest_has_stopped()
    {
        ExactPoint[] points = [new(5, "g"), new(2, "rescan"), new(6, "beyond"), new(3, "f"), new(3, "again"), new(1, "first")];
        Assert.Equal("3=f|5=g", string.Join('|', (Campaign with { Points = points }).Sound().Points));
    }
}
