using CcwFuzz.Harness.Backends;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Machine.Tests;

/// <summary>What the model says about what a real guest showed.</summary>
public sealed class ModelAnswerTests
{
    private static readonly AskedModel Model = new(TargetPool.Of());

    [Fact]
    public void The_same_place_is_found_as_it_is()
    {
        var answer = Ask("plug 0 type=balloon\nconfig-change 0 pages=1\nunplug 0\n", new("hang", "", ["tell_host", "leak_balloon"], []));
        Assert.StartsWith("hang-tell_host-", answer.Key, StringComparison.Ordinal);
        Assert.Equal((true, null, false), (answer.IsSame, answer.Campaign, answer.IsMended));
    }

    [Fact]
    public void Microseconds_are_no_points_so_other_overlaps_are_tried()
    {
        var problem = new Observation("hang", "", ["blk_execute_rq"], []);
        var answer = Ask("plug 0 type=scsi run=60000\nunplug 0\n", problem);
        Assert.StartsWith("hang-blk_execute_rq-", answer.Key, StringComparison.Ordinal);
        Assert.True(answer.IsSame);
        Assert.Equal(2, answer.Campaign!.Operations.Count);
        Assert.Equal(answer.Key, TargetPool.Of().Run(answer.Campaign).Key);
    }

    [Fact]
    public void What_the_model_stops_at_does_not_hide_what_comes_of_it()
    {
        // A new device answers for the old one, whose queues are gone; taking it offline then ends in no device at all.
        var answer = Ask("plug 0\nunplug 0 run=7\nplug 0\noffline 0\n", new("lost-device", "", ["devices"], []));
        Assert.StartsWith("lost-device-struct_ccw_device-", answer.Key, StringComparison.Ordinal);
        Assert.True(answer.IsMended);
    }

    [Fact]
    public void Another_place_is_another_place()
    {
        var answer = Ask("plug 0 type=balloon\nconfig-change 0 pages=1\nunplug 0\n", new("oops", "", ["nowhere"], []));
        Assert.False(answer.IsSame);
        Assert.NotNull(answer.Key);
    }

    [Fact]
    public void An_access_is_not_where_something_waits()
    {
        const string Campaign = "plug 0 type=balloon\nconfig-change 0 pages=1\nunplug 0\n";
        Assert.False(Ask(Campaign, new("kasan", "", ["tell_host"], [])).IsSame);
        Assert.True(Ask(Campaign, new("hung-task", "", ["tell_host"], [])).IsSame);
    }

    [Fact]
    public void A_run_has_two_targets_however_often_it_asks()
    {
        Assert.Same(Model.Mended, Model.Mended);
        Assert.NotSame(Model.Target, Model.Mended);
    }

    private static ModelAnswer Ask(string campaign, Observation problem) =>
        ModelAnswer.Ask(Model, CampaignParser.Parse(campaign), problem);
}
