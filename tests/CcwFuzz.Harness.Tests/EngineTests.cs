using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The loop and its parts, on targets made for the purpose.</summary>
public sealed class EngineTests : IFuzzObserver
{
    private readonly List<Finding> found = [];
    private readonly List<byte[]> kept = [];

    [Fact]
    public void Mutators_make_campaigns_out_of_campaigns()
    {
        var seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();
        Prop.ForAll(seeds, seed =>
        {
            var random = new SplitMix((ulong)seed);
            var (buffer, other, generator) = (new RecordBuffer(), new RecordBuffer(), new CampaignGenerator());
            var mutators = new MutatorSet(new OperationLengths());
            generator.Generate(buffer, ref random);
            generator.Generate(other, ref random);
            for (var i = 0; i < 200; i++)
            {
                mutators.All[i % mutators.All.Count].Mutate(buffer, other, ref random);
                if (buffer.Records > Campaign.MaxRecords || buffer.Operations > Campaign.MaxRecords) return false;
                var campaign = Campaign.Decode(buffer.Bytes);
                buffer.Load(campaign.Encode());
                if (buffer.Records != campaign.Records || buffer.Operations != campaign.Operations.Count) return false;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_mutator_changes_something_sooner_or_later()
    {
        var random = new SplitMix(1);
        const string Text =
            "plug 0 type=blk\n fail alloc=1\n switch at=4\nread 0 sector=3 run=9\nunplug 0\nraw 1 cmd=set-rev\nplug 1";
        var before = CampaignParser.Parse(Text).Encode();
        var other = new RecordBuffer();
        other.Load(CampaignParser.Parse("online 0\nkick 1 queue=2").Encode());
        foreach (var mutator in new MutatorSet(new OperationLengths()).All)
        {
            var changed = false;
            for (var i = 0; i < 100 && !changed; i++)
            {
                var buffer = new RecordBuffer();
                buffer.Load(before);
                changed = mutator.Mutate(buffer, other, ref random) && !buffer.Bytes.SequenceEqual(before);
            }
            Assert.True(changed, $"{mutator.GetType().Name} never changes anything");
        }
    }

    [Fact]
    public void Making_the_next_input_allocates_nothing()
    {
        var source = new GuidedSource(new FavoredEnergy(_ => 1), new OperationLengths());
        var (buffer, random) = (new RecordBuffer(), new SplitMix(3));
        source.Keep(new CorpusEntry(CampaignParser.Parse("plug 0\nread 0\n switch at=1\nunplug 0").Encode(), 10, 100, []), [1, 2]);
        for (var i = 0; i < 1000; i++) source.Next(buffer, ref random);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) source.Next(buffer, ref random);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Cheaper_inputs_take_the_place_of_dearer_ones_for_a_feature()
    {
        var energy = new FavoredEnergy(_ => 1);
        var (dear, cheap) = (new CorpusEntry(new byte[8], 0, 320, []), new CorpusEntry(new byte[32], 0, 80, []));
        energy.Added(dear, [1, 2]);
        energy.Added(cheap, [2]);
        Assert.Equal((1, 1), (dear.CheapestFor, cheap.CheapestFor));
        energy.Added(new CorpusEntry(new byte[4], 0, 4, []), [1]);
        Assert.Equal(0, dear.CheapestFor);
    }

    [Fact]
    public void An_input_is_chosen_as_often_as_its_cost_allows()
    {
        var energy = new FavoredEnergy(_ => 1);
        var (dear, cheap) = (new CorpusEntry(new byte[8], 0, 3900, []), new CorpusEntry(new byte[8], 0, 300, []));
        energy.Added(dear, [1]);
        energy.Added(cheap, [2]);
        var random = new SplitMix(1);
        var picks = 0;
        for (var i = 0; i < 1000; i++)
            if (ReferenceEquals(energy.Pick(ref random), dear)) picks++;
        // A quarter of the tournaments has the dear one on both sides; in the others it wins while less was spent on it.
        Assert.InRange(picks, 240, 320);
        Assert.True(dear.Spent > cheap.Spent);
    }

    [Fact]
    public void Guidance_reaches_what_chance_does_not()
    {
        // Five features in a row, each reached only by an operation more in the right order.
        Opcode[] order = [Opcode.Plug, Opcode.Open, Opcode.Stall, Opcode.Write, Opcode.Unplug, Opcode.Complete, Opcode.Close];
        FuzzTarget Target() => new(VariantCatalogue.Default, world => campaign =>
        {
            var depth = 0;
            for (var i = 0; i < campaign.Operations.Count; i++)
            {
                world.Scheduler.BeginOperation(i);
                var operation = campaign.Operations[i];
                if (operation.Slot != 0) continue;
                depth = operation.Opcode == order[depth] ? depth + 1 : 0;
                world.Features.Hit((uint)(depth * 977));
                if (depth == order.Length) world.Fail(ViolationKind.Pool, "reached the end");
            }
            return null;
        });
        Assert.Single(Run(Target(), "guided", 400_000).Findings);
        Assert.Empty(Run(Target(), "random", 400_000).Findings);
    }

    [Fact]
    public void An_explored_schedule_is_written_back_into_the_campaign()
    {
        foreach (var engine in (string[])["guided", "random", "pct"])
        {
            found.Clear();
            Run(Racy(), engine, 3000);
            var finding = Assert.Single(found);
            Assert.NotEmpty(finding.Campaign.Deviations);
            Assert.Equal(finding.Key, Racy().Run(finding.Input).Key);
        }
    }

    [Fact]
    public void The_shortest_input_is_the_one_that_stays()
    {
        var fuzzer = Run(Racy(), "guided", 3000);
        var finding = Assert.Single(fuzzer.Findings);
        Assert.True(finding.Hits > 1);
        Assert.True(finding.Campaign.Records <= 3, finding.Campaign.ToString());
    }

    [Fact]
    public void Operations_after_the_violation_are_left_out()
    {
        var target = new FuzzTarget(VariantCatalogue.Default, world => campaign =>
        {
            for (var i = 0; i < campaign.Operations.Count; i++)
            {
                world.Scheduler.BeginOperation(i);
                if (campaign.Operations[i].Opcode == Opcode.Unplug) world.Fail(ViolationKind.Leak, "x");
            }
            return null;
        });
        Run(target, "guided", 1, CampaignParser.Parse("plug 0\nunplug 0\nsettle\nsettle").Encode());
        Assert.Equal("plug 0\nunplug 0\n", Assert.Single(found).Campaign.ToString());
    }

    [Fact]
    public void A_run_that_cannot_be_repeated_ends_the_loop()
    {
        var runs = 0;
        var target = new FuzzTarget(VariantCatalogue.Default, world => _ =>
        {
            if (++runs == 7) world.Fail(ViolationKind.Hang, "only this once");
            return null;
        });
        var failure = Assert.Throws<InternalFailureException>(() => Run(target, "guided", 1000));
        Assert.Contains("non-determinism", failure.Message, StringComparison.Ordinal);
        Assert.Equal(2, failure.Inputs.Count);
        Assert.Empty(found);
    }

    [Fact]
    public void Drifting_steps_are_noticed_without_any_violation()
    {
        var runs = 0;
        var target = new FuzzTarget(VariantCatalogue.Default, world => _ =>
        {
            world.Scheduler.Spawn(ContextKind.Task, "drift", () => Steps(world, ++runs % 5));
            world.Scheduler.Run();
            return null;
        });
        var failure = Assert.Throws<InternalFailureException>(() => Run(target, "guided", 10_000));
        Assert.Contains("non-determinism", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_of_the_model_is_no_finding()
    {
        var target = new FuzzTarget(VariantCatalogue.Default, world => campaign =>
            campaign.Operations.Count > 3 ? throw new InvalidOperationException("broken") : null);
        var failure = Assert.Throws<InternalFailureException>(() => Run(target, "guided", 1000));
        Assert.StartsWith("the model failed", failure.Message, StringComparison.Ordinal);
        Assert.Empty(found);
    }

    [Fact]
    public void A_request_to_stop_ends_the_loop()
    {
        using var stop = new StopSignal();
        stop.Request();
        var fuzzer = new Fuzzer(Plan("guided", 0), Racy(), this, stop);
        fuzzer.Run([]);
        Assert.Equal(0, fuzzer.Statistics.Executions);
    }

    void IFuzzObserver.Found(Finding finding) => found.Add(finding);

    void IFuzzObserver.Kept(byte[] input) => kept.Add(input);

    void IFuzzObserver.Progress(FuzzStatistics statistics)
    {
    }

    /// <summary>Two tasks per unplug; it fails only if the second overtakes the first.</summary>
    private static FuzzTarget Racy() => new(VariantCatalogue.Default, world => campaign =>
    {
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            world.Scheduler.BeginOperation(i);
            if (campaign.Operations[i].Opcode != Opcode.Unplug) continue;
            var done = false;
            world.Scheduler.Spawn(ContextKind.Task, "first", () => First());
            world.Scheduler.Spawn(ContextKind.Task, "second", () => Second());
            world.Scheduler.Run();

            async SimTask First()
            {
                for (var step = 0; step < 3; step++) await world.Scheduler.Point;
                done = true;
            }

            async SimTask Second()
            {
                await world.Scheduler.Point;
                if (!done) world.Fail(ViolationKind.UseAfterFree, "too early");
            }
        }
        return null;
    });

    private static async SimTask Steps(World world, int count)
    {
        for (var i = 0; i < count; i++) await world.Scheduler.Point;
    }

    private static FuzzPlan Plan(string engine, long executions) => new()
    {
        Variant = VariantCatalogue.Default,
        Seed = 1,
        Engine = engine,
        Executions = executions,
        Findings = "",
    };

    private Fuzzer Run(FuzzTarget target, string engine, long executions, params byte[][] seeds)
    {
        using var stop = new StopSignal();
        var fuzzer = new Fuzzer(Plan(engine, executions), target, this, stop);
        fuzzer.Run(seeds);
        return fuzzer;
    }
}
