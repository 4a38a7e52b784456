using CcwFuzz.Harness.Engine;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Mutators and schedules are chosen by what they bring for what they cost.</summary>
public sealed class AdaptiveChoiceTests
{
    private const int Picks = 4000;

    [Fact]
    public void Ways_are_even_before_anything_is_known()
    {
        foreach (var count in Count(new AdaptiveChoice(4))) Assert.InRange(count, 900, 1100);
    }

    [Fact]
    public void What_brings_more_for_its_cost_is_chosen_more_often_and_nothing_is_given_up()
    {
        var choice = new AdaptiveChoice(3);
        for (var i = 0; i < 500; i++)
        {
            choice.Learn(0, 1, 500);
            choice.Learn(1, 1, 5000);
            choice.Learn(2, 0, 500);
        }
        var counts = Count(choice);
        Assert.True(counts[0] > 4 * counts[1], $"{counts[0]} and {counts[1]}");
        Assert.True(counts[1] > counts[2], $"{counts[1]} and {counts[2]}");
        Assert.True(counts[2] > Picks / 16, $"{counts[2]}"); // its part of the even quarter
    }

    [Fact]
    public void What_is_long_ago_counts_less()
    {
        var choice = new AdaptiveChoice(2);
        for (var i = 0; i < 2000; i++) choice.Learn(0, 1, 500);
        for (var i = 0; i < 100_000; i++) choice.Learn(i % 2, i % 2, 500);
        var counts = Count(choice);
        Assert.True(counts[1] > 3 * counts[0], $"{counts[0]} and {counts[1]}");
    }

    [Fact]
    public void A_portfolio_plays_the_campaigns_own_schedule_and_others_and_what_it_plays_can_be_recorded()
    {
        var target = new CcwFuzz.Target.FuzzTarget(VariantCatalogue.Default);
        var portfolio = new SchedulePortfolio(target);
        var campaign = CampaignParser.Parse("plug 0 run=40\nunplug 0 run=9\nplug 1");
        var random = new SplitMix(1);
        var (own, others) = (0, 0);
        for (var i = 0; i < 60; i++)
        {
            var strategy = portfolio.Choose(campaign, 100, ref random);
            var verdict = target.Run(campaign, strategy);
            if (strategy is null) own++;
            else if (verdict.TakenDeviations.Count > 0) others++;
            var played = CampaignParser.Parse("plug 0 run=40\nunplug 0 run=9\nplug 1");
            Assert.True(played.TrySetDeviations(verdict.TakenDeviations));
            Assert.Equal((verdict.Key, verdict.Steps), (target.Run(played).Key, target.Run(played).Steps));
            portfolio.Learn(0, verdict.Steps);
        }
        Assert.InRange(own, 3, 20);
        Assert.InRange(others, 20, 57);
    }

    [Fact]
    public void Of_two_inputs_the_one_that_reached_what_is_rare_is_chosen_more_often()
    {
        var energy = new FavoredEnergy(feature => feature == 1 ? 3 : 1 << 20);
        var (rare, common) = (new CorpusEntry(new byte[8], 0, 100, [1]), new CorpusEntry(new byte[8], 0, 100, [2]));
        energy.Added(rare, [1]);
        energy.Added(common, [2]);
        var random = new SplitMix(1);
        var picks = 0;
        for (var i = 0; i < 1000; i++)
            if (ReferenceEquals(energy.Pick(ref random), rare)) picks++;
        Assert.True(picks > 650, $"{picks}");
    }

    private static int[] Count(AdaptiveChoice choice)
    {
        var random = new SplitMix(1);
        var counts = new int[4];
        for (var i = 0; i < Picks; i++) counts[choice.Pick(ref random)]++;
        return counts;
    }
}
