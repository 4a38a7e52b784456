using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>What counts as new: edges in orders of magnitude, and features of the model.</summary>
public sealed class CoverageTests : IFuzzObserver
{
    private readonly List<byte[]> kept = [];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(4, 8)]
    [InlineData(7, 8)]
    [InlineData(8, 16)]
    [InlineData(15, 16)]
    [InlineData(16, 32)]
    [InlineData(31, 32)]
    [InlineData(32, 64)]
    [InlineData(127, 64)]
    [InlineData(128, 128)]
    [InlineData(255, 128)]
    public void Counts_are_classified_as_afl_does(byte count, byte bucket) => Assert.Equal(bucket, EdgeCoverage.BucketOf(count));

    [Fact]
    public void A_whole_map_is_merged_as_its_cells_are()
    {
        var random = new SplitMix(1);
        const int Probes = 203; // no multiple of a vector
        var coverage = new EdgeCoverage(Probes);
        var seen = new HashSet<(int, byte)>();
        for (var round = 0; round < 200; round++)
        {
            var counters = new byte[Probes];
            for (var i = 0; i < 8; i++) counters[random.Below(Probes)] = (byte)(random.Next() >> random.Below(8));
            var fresh = 0;
            for (var i = 0; i < Probes; i++)
                if (counters[i] != 0 && seen.Add((i, EdgeCoverage.BucketOf(counters[i])))) fresh++;
            Assert.Equal(fresh, coverage.Merge(counters));
        }
        Assert.Equal(seen.Select(s => s.Item1).Distinct().Count(), coverage.Edges);
        Assert.Equal(seen.Count, coverage.Buckets);
    }

    [Fact]
    public void Merging_allocates_nothing()
    {
        var coverage = new CcwFuzz.Harness.Engine.Coverage();
        var world = new World();
        EdgeMap.Counters[7] = 1;
        coverage.Merge(world);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            EdgeMap.Counters[i] = (byte)i;
            coverage.Merge(world);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_input_is_kept_for_a_new_edge_and_not_for_none()
    {
        var target = new FuzzTarget(VariantCatalogue.Default, _ => campaign =>
        {
            EdgeMap.Counters.Clear();
            foreach (var operation in campaign.Operations) EdgeMap.Counters[100 + (int)operation.Opcode]++;
            return null;
        });
        Run(target, Feedbacks.Usual, "plug 0", "plug 1", "plug 0\nunplug 0", "plug 2\nunplug 2", "plug 0\nplug 1");
        // A new edge, a new edge beside a known one, a known edge twice.
        Assert.Equal(["plug 0", "plug 0\nunplug 0", "plug 0\nplug 1"], kept.Select(k => Campaign.Decode(k).ToString().TrimEnd('\n')));
    }

    [Fact]
    public void Edges_do_not_count_when_they_are_switched_off()
    {
        var target = new FuzzTarget(VariantCatalogue.Default, world => campaign =>
        {
            EdgeMap.Counters[campaign.Operations.Count]++;
            world.Features.Hit(Feedback.Locks, 1, (uint)campaign.Operations.Count % 2);
            return null;
        });
        Run(target, Feedback.Locks, "plug 0", "plug 0\nplug 1\nplug 2", "plug 0\nplug 1");
        Assert.Equal([1, 2], kept.Select(k => Campaign.Decode(k).Operations.Count));
    }

    [Fact]
    public void Every_kind_of_feedback_says_something()
    {
        var campaign = CampaignParser.Parse("plug 0 type=scsi run=40\nplug 1 type=blk\nread 0\nunplug 0 run=9\nonline 1\nunplug 1");
        var target = new FuzzTarget(VariantCatalogue.Default);
        int Reached(Feedback kinds)
        {
            target.World.Features.On = kinds;
            target.Run(campaign);
            return target.World.Features.Touched.Length;
        }

        foreach (var name in Feedbacks.Names.Where(n => n != "edges"))
            Assert.True(Reached(Feedbacks.Parse([name])) > 0, $"nothing for {name}");
        Assert.Equal(0, Reached(Feedback.Edges));
        Assert.True(EdgeMap.Counters.ContainsAnyExcept((byte)0));
        Assert.Equal(Feedbacks.All, Feedbacks.Parse(Feedbacks.Names));
    }

    [Fact]
    public void A_used_target_is_as_good_as_a_new_one()
    {
        var first = CampaignParser.Parse("plug 0 type=scsi\nopen 0\nread 0 run=5\nunplug 0\n");
        var second = CampaignParser.Parse("plug 0 type=blk run=30\nplug 1 type=rng\nunplug 1 run=3\noffline 0\n");
        var used = new FuzzTarget(VariantCatalogue.Default);
        used.World.Trace.On = true;
        foreach (var campaign in (Campaign[])[first, second, first, second])
        {
            var fresh = new FuzzTarget(VariantCatalogue.Default);
            fresh.World.Trace.On = true;
            fresh.Run(campaign);
            byte[] edges = [.. EdgeMap.Counters];
            used.Run(campaign);
            Assert.Equal(fresh.World.Trace.Lines, used.World.Trace.Lines);
            Assert.Equal(fresh.World.Features.Touched.ToArray().Order(), used.World.Features.Touched.ToArray().Order());
            Assert.True(EdgeMap.Counters.SequenceEqual(edges), "the edges are not the same");
        }
    }

    [Fact]
    public void Reused_arrays_are_clean_and_belong_to_one()
    {
        var world = new World();
        var first = world.Arrays.New<int>(4);
        first[2] = 7;
        Assert.NotSame(first, world.Arrays.New<int>(4));
        world.Reset();
        Assert.Same(first, world.Arrays.New<int>(4));
        Assert.Equal([0, 0, 0, 0], first);
        Assert.NotSame(first, world.Arrays.New<int>(4));
    }

    [Fact]
    public void Bench_measures_every_kind_of_feedback()
    {
        var cli = Cli.Run("bench", "feedback", "--executions", "40", "--rounds", "1", "--json");
        Assert.Equal(0, cli.Exit);
        var names = cli.Json["rows"]!.AsArray().Select(r => (string)r!["feedback"]!).ToList();
        Assert.Equal(2 + (2 * Feedbacks.Names.Count), names.Count);
        Assert.Contains("without races", names);
        Assert.Equal(2, Cli.Run("bench", "nothing").Exit);
    }

    void IFuzzObserver.Found(Finding finding)
    {
    }

    void IFuzzObserver.Kept(byte[] input) => kept.Add(input);

    void IFuzzObserver.Progress(FuzzStatistics statistics)
    {
    }

    private void Run(FuzzTarget target, Feedback feedback, params string[] seeds)
    {
        using var stop = new StopSignal();
        var plan = new FuzzPlan
        {
            Variant = VariantCatalogue.Default,
            Seed = 1,
            Engine = "guided",
            Executions = seeds.Length,
            Feedback = feedback,
            Findings = "",
        };
        new Fuzzer(plan, target, this, stop).Run([.. seeds.Select(s => CampaignParser.Parse(s).Encode())]);
    }
}
