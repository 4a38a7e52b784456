using CcwFuzz.Harness.Minimization;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests.Minimization;

/// <summary>Minimization of real findings: the exact minimum where it is known, and that nothing can be left out of the others.</summary>
public sealed class MinimizerTests
{
    private const string SeedKey = "pool-gen_pool_destroy-virtio_ccw_online-3866ce4e";

    private const string NoisySeed = """
        plug 2 type=blk devno=0x1334
        plug 1 type=rng run=7
        kick 1 queue=3
          fail alloc=200 kind=ring
        plug 3 type=scsi
          switch at=3
        sysfs-read 3 run=4
        open 3
        write 3 sector=17 sectors=3
          fail alloc=120
        wait ms=300
        stall 1
        config-change 3 run=2
        read 3 sector=200 run=5
          switch at=1
        unplug 3 run=90
        rescan
        close 3
        unplug 1
        """;

    public static TheoryData<string, string> Raw() => new()
    {
        { "unpinned", NoisySeed },
        { "mainline", Mixed("unplug-during-io") },
        { "mainline", Mixed("replug-same-subchannel") },
        { "mainline", Mixed("unplug-before-auto-online") },
        { "mainline", Mixed("unplug-during-driver-probe") },
        { "mainline", Mixed("unplug-during-sysfs-read") },
        { "mainline", "plug 3\n  switch at=5\n  fail alloc=60\nplug 0 type=blk\nunbind 0\noffline 0 run=1\nunplug 0\n"
            + "  switch at=1\n  switch at=2\n  switch at=3\n  switch at=4\n  switch at=7\n  switch at=10\n  switch at=17\nclose 3\n" },
    };

    [Fact]
    public void The_seeds_bug_comes_down_to_three_operations()
    {
        var (result, _) = Minimize("unpinned", Parse(NoisySeed));
        Assert.Equal(SeedKey, result.Key);
        Assert.Equal("plug 0 type=scsi\nopen 0\nunplug 0\n", CampaignText.Write(result.Campaign));
        Assert.True(result.IsMinimal);
        Assert.Equal((15, 3, 2, 2), (result.OperationsBefore, result.OperationsAfter, result.DeviationsBefore, result.FaultsBefore));
        Assert.Equal((0, 0), (result.DeviationsAfter, result.FaultsAfter));
        Assert.InRange(result.Executions, 5, 100);
        Assert.Equal(result.Executions - 1, result.Passes.Sum(p => p.Executions));
        Assert.Equal(19 - 3, result.Passes.Sum(p => p.Removed) + Suffix(Parse(NoisySeed)));
    }

    [Theory]
    [MemberData(nameof(Raw))]
    public void Nothing_can_be_left_out(string variant, string text)
    {
        var (result, target) = Minimize(variant, Parse(text));
        Assert.True(result.IsMinimal);
        Assert.InRange(result.OperationsAfter, 1, 12);
        Assert.Equal(result.Key, target.Run(result.Campaign.Encode()).Key);
        foreach (var smaller in Neighbours(result.Campaign)) Assert.NotEqual(result.Key, target.Run(smaller).Key);
    }

    [Theory]
    [MemberData(nameof(Raw))]
    public void The_same_campaign_gives_the_same_minimum_again(string variant, string text)
    {
        var (first, second) = (Minimize(variant, Parse(text)).Result, Minimize(variant, Parse(text)).Result);
        Assert.Equal(first.Campaign, second.Campaign);
        Assert.Equal(first.Executions, second.Executions);
    }

    [Theory]
    [MemberData(nameof(Raw))]
    public void Every_step_keeps_the_key_and_can_be_gone_on_from(string variant, string text)
    {
        var replayed = TargetPool.Of(VariantCatalogue.Resolve(variant));
        var steps = new List<Campaign>();
        var size = default(CampaignSize?);
        var (result, target) = Minimize(variant, Parse(text), progress: step =>
        {
            if (size is { } last) Assert.True(CampaignSize.Of(step.Campaign).CompareTo(last) < 0);
            size = CampaignSize.Of(step.Campaign);
            steps.Add(Campaign.Decode(step.Campaign.Encode()));
        });
        Assert.All(steps, step => Assert.Equal(result.Key, replayed.Run(step).Key));
        Assert.Equal(result.Campaign, steps[^1]);
        var resumed = new Minimizer(target).Minimize(steps[steps.Count / 2], result.Key, new MinimizationOptions());
        Assert.True(resumed.IsMinimal);
        Assert.Equal(result.Key, resumed.Key);
        Assert.Equal(result.Campaign, new Minimizer(target).Minimize(result.Campaign, result.Key, new MinimizationOptions()).Campaign);
    }

    [Fact]
    public void The_budget_is_kept()
    {
        for (var most = 1; most < 40; most += 6)
        {
            var (result, target) = Minimize("unpinned", Parse(NoisySeed), most);
            Assert.InRange(result.Executions, 1, most);
            Assert.False(result.IsMinimal && result.OperationsAfter > 3);
            Assert.Equal(SeedKey, target.Run(result.Campaign).Key);
        }
    }

    [Fact]
    public void It_can_be_stopped_at_any_time()
    {
        var asked = 0;
        var target = TargetPool.Of(VariantCatalogue.Resolve("unpinned"));
        var result = new Minimizer(target).Minimize(
            Parse(NoisySeed), SeedKey, new MinimizationOptions { ShouldStop = () => ++asked > 3 });
        Assert.False(result.IsMinimal);
        Assert.Equal(SeedKey, target.Run(result.Campaign).Key);
    }

    [Fact]
    public void A_campaign_without_the_key_is_refused()
    {
        var target = TargetPool.Of();
        var refused = Assert.Throws<KeyNotShownException>(
            () => new Minimizer(target).Minimize(Parse(NoisySeed), SeedKey, new MinimizationOptions()));
        Assert.Equal(SeedKey, refused.Expected);
        Assert.Throws<ArgumentException>(() => new Minimizer(target).Minimize(
            Parse(NoisySeed), SeedKey, new MinimizationOptions { Variant = VariantCatalogue.Resolve("unpinned") }));
    }

    [Theory]
    [InlineData("unpinned", NoisySeed)]
    [InlineData("mainline", "plug 0 type=blk run=205\nunplug 0\n")]
    public void The_key_does_not_depend_on_slot_and_device_number(string variant, string text)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve(variant));
        var (result, _) = Minimize(variant, Parse(text));
        for (byte by = 0; by < Operation.Slots; by++)
        {
            for (ushort devno = 0; devno < Operation.Slots; devno++)
            {
                var moved = result.Campaign.Operations.Select(o => o with
                {
                    Slot = (byte)((o.Slot + by) % Operation.Slots),
                    B = o.Opcode == Opcode.Plug ? devno : o.B,
                });
                Assert.Equal(result.Key, target.Run(new Campaign([.. moved], result.Campaign.Faults, result.Campaign.Deviations)).Key);
            }
        }
    }

    /// <summary>Everything with one operation, fault or deviation less, whatever becomes of what was attached to the operation.</summary>
    private static IEnumerable<Campaign> Neighbours(Campaign campaign)
    {
        var bytes = campaign.Encode();
        for (var at = 0; at < bytes.Length; at += RecordCodec.Stride)
            yield return Campaign.Decode([.. bytes[..at], .. bytes[(at + RecordCodec.Stride)..]]);
        for (var i = 0; i < campaign.Operations.Count; i++)
            yield return new Draft(campaign).Remove(i).Assemble()!;
    }

    /// <summary>A seed of the corpus on another slot, with things around it that have nothing to do with it.</summary>
    private static string Mixed(string seed)
    {
        var campaign = Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", seed + ".txt")));
        var moved = campaign.Operations.Select(o => OperationCatalogue.Normalize(o with { Slot = (byte)(o.Slot + 1) }));
        var around = new Operation[]
        {
            new(Opcode.Plug, 3), new(Opcode.SysfsRead, 3), new(Opcode.Wait, A: 20), new(Opcode.Unplug, 3), new(Opcode.Rescan),
        };
        return CampaignText.Write(new Campaign(
            [.. around, .. moved],
            [new Fault(1, AllocationKind.Heap, 250), .. campaign.Faults.Select(f => f with { Operation = f.Operation + around.Length })],
            [new Deviation(0, 2, 1), .. campaign.Deviations.Select(d => d with { Operation = d.Operation + around.Length })]));
    }

    private static int Suffix(Campaign campaign)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve("unpinned"));
        var verdict = target.Run(campaign);
        var started = Campaign.Decode(campaign.Encode());
        started.TrySetDeviations(verdict.TakenDeviations);
        started.Truncate(verdict.LastOperation + 1);
        return campaign.Records - started.Records;
    }

    private static (MinimizationResult Result, FuzzTarget Target) Minimize(
        string variant, Campaign campaign, int most = 2000, Action<MinimizationProgress>? progress = null)
    {
        var target = TargetPool.Of(VariantCatalogue.Resolve(variant));
        var key = target.Run(campaign).Key;
        Assert.NotNull(key);
        var options = new MinimizationOptions { MaxExecutions = most, Variant = target.Variant };
        return (new Minimizer(target).Minimize(campaign, key, options, progress), target);
    }

    private static Campaign Parse(string text) => CampaignParser.Parse(text);
}
