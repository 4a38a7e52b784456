using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Minimization;

/// <summary>What findings need, how reliable they are, and when they became inevitable.</summary>
public sealed class AnalysisTests
{
    private const string SeedBug = "plug 0 type=scsi\nopen 0\nunplug 0\n";
    private const string LostInterrupt = "plug 0 type=blk run=205\nunplug 0\n";

    [Fact]
    public void The_seeds_bug_needs_nothing() => Assert.Equal(new Needs(), NeedsOf("unpinned", SeedBug));

    [Fact]
    public void A_lost_interrupt_needs_overlap() => Assert.Equal(new Needs { Overlap = true }, NeedsOf("mainline", LostInterrupt));

    [Fact]
    public void A_failed_allocation_needs_memory_pressure() =>
        Assert.Equal(new Needs { MemoryPressure = true }, NeedsOf("mainline", "plug 0 type=blk\n  fail alloc=1 kind=ring\n"));

    [Fact]
    public void What_happens_beside_a_spin_lock_needs_two_cpus()
    {
        var variant = VariantCatalogue.Default;
        var campaign = CampaignParser.Parse("plug 0 run=1\nunplug 0\n  switch at=0\n");
        var key = SideBySide(variant, 2).Run(campaign).Key;
        Assert.NotNull(key);
        Assert.True(new NeedsAnalysis(SideBySide).Analyze(campaign, key, variant).TwoCpus);
    }

    [Fact]
    public void A_second_device_and_time_are_needed_where_nothing_shows_without()
    {
        var variant = VariantCatalogue.Default;
        var campaign = CampaignParser.Parse("plug 0\nwait ms=20\nplug 1\n");
        static FuzzTarget Toy(Variant variant, int cpus) => new(variant, world => c =>
        {
            if (c.Operations.Select(o => o.Slot).Distinct().Count() > 1 && c.Operations.Any(o => o.Opcode == Opcode.Wait))
                world.Fail(ViolationKind.Protocol, "two devices and time");
            return null;
        }, cpus);
        var key = Toy(variant, 2).Run(campaign).Key!;
        Assert.Equal(new Needs { SecondDevice = true, TimePassing = true }, new NeedsAnalysis(Toy).Analyze(campaign, key, variant));
    }

    [Theory]
    [InlineData("unpinned", SeedBug)]
    [InlineData("mainline", LostInterrupt)]
    public void The_model_is_reliable(string variant, string text)
    {
        var (target, campaign, key) = Load(variant, text);
        Assert.Equal(new Reliability(100, 100), ReliabilityCheck.Measure(target, campaign, key));
        Assert.Equal(new Reliability(0, 7), ReliabilityCheck.Measure(target, campaign, "another", 7));
    }

    [Fact]
    public void No_schedule_avoids_the_seeds_bug()
    {
        var (target, campaign, key) = Load("unpinned", SeedBug);
        var point = new InevitabilityAnalysis(target).Find(campaign, key)!;
        Assert.Equal(0, point.Decision);
    }

    [Fact]
    public void A_lost_interrupt_is_inevitable_from_a_point_on()
    {
        var (target, campaign, key) = Load("mainline", LostInterrupt);
        var verdict = target.Run(campaign);
        var point = new InevitabilityAnalysis(target).Find(campaign, key)!;
        Assert.InRange(point.Decision, 1, verdict.Decisions);
        Assert.InRange(point.Step, 1, verdict.Steps);
        Assert.InRange(point.Operation, 0, 1);
        Assert.Equal(point, new InevitabilityAnalysis(target).Find(campaign, key));
        Assert.Null(new InevitabilityAnalysis(target).Find(campaign, "another"));
    }

    /// <summary>Fails if something happens between taking a spin lock and dropping it.</summary>
    private static FuzzTarget SideBySide(Variant variant, int cpus) => new(variant, world =>
    {
        var inside = false;
        async SimTask Locked()
        {
            using var _ = world.Enter("locked");
            world.Scheduler.Current.AtomicDepth++;
            inside = true;
            for (var i = 0; i < 4; i++) await world.Scheduler.Point;
            inside = false;
            world.Scheduler.Current.AtomicDepth--;
        }
        async SimTask Other()
        {
            using var _ = world.Enter("other");
            await world.Scheduler.Point;
            if (inside) world.Fail(ViolationKind.Protocol, "side by side");
        }
        return campaign =>
        {
            inside = false;
            for (var i = 0; i < campaign.Operations.Count; i++)
            {
                world.Scheduler.BeginOperation(i);
                world.Scheduler.Spawn(ContextKind.Task, "task", campaign.Operations[i].Opcode == Opcode.Plug ? Locked : Other, first: true);
                world.Scheduler.Run(campaign.Operations[i].Points);
            }
            world.Scheduler.BeginOperation(campaign.Operations.Count);
            world.Scheduler.Run();
            return null;
        };
    }, cpus);

    private static Needs NeedsOf(string variant, string text)
    {
        var (target, campaign, key) = Load(variant, text);
        return new NeedsAnalysis().Analyze(campaign, key, target.Variant);
    }

    private static (FuzzTarget Target, Campaign Campaign, string Key) Load(string variant, string text)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve(variant));
        var campaign = CampaignParser.Parse(text);
        var key = target.Run(campaign).Key;
        Assert.NotNull(key);
        return (target, campaign, key);
    }
}
