using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>What ends a run, and how far it came with its seeds.</summary>
public sealed class RunLimitTests : IFuzzObserver, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly StopSignal stop = new();
    private readonly HandClock time = new();
    private readonly List<int> lengths = [];
    private double atEnd;

    double IFuzzObserver.SecondsAtEnd => atEnd;

    public void Dispose()
    {
        stop.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Seconds_that_passed_before_the_first_execution_count()
    {
        var clock = RunClock.FromNow(time);
        time.Now = TimeSpan.FromSeconds(5);
        var fuzzer = new Fuzzer(Plan(seconds: 5), Target(), this, stop) { Clock = clock };
        fuzzer.Run(Seeds(3));
        Assert.Equal((0L, 3), (fuzzer.Statistics.Executions, fuzzer.Statistics.SeedsLeft));
    }

    [Fact]
    public void Time_is_looked_at_before_every_execution()
    {
        var fuzzer = new Fuzzer(Plan(seconds: 5), Target(secondsEach: 2), this, stop) { Clock = RunClock.FromNow(time) };
        fuzzer.Run(Seeds(10));
        Assert.Equal((3L, 7), (fuzzer.Statistics.Executions, fuzzer.Statistics.SeedsLeft));
    }

    [Fact]
    public void What_the_end_will_take_is_part_of_the_time()
    {
        atEnd = 3;
        var fuzzer = new Fuzzer(Plan(seconds: 5), Target(secondsEach: 1), this, stop) { Clock = RunClock.FromNow(time) };
        fuzzer.Run(Seeds(10));
        Assert.Equal(2, fuzzer.Statistics.Executions);
        Assert.True(fuzzer.IsOutOfTime);
    }

    [Fact]
    public void Mutants_take_turns_with_the_seeds_after_the_first_of_them()
    {
        var fuzzer = new Fuzzer(Plan(executions: 12), Target(), this, stop);
        fuzzer.Run(Seeds(10), first: 4);
        // Seeds are longer than anything that is made of them at random here: they are told by their length.
        Assert.Equal([true, true, true, true], lengths.Take(4).Select(l => l == SeedLength));
        Assert.Equal(8, 10 - fuzzer.Statistics.SeedsLeft);
    }

    [Fact]
    public void All_seeds_come_first_if_nothing_else_was_said()
    {
        var fuzzer = new Fuzzer(Plan(executions: 10), Target(), this, stop);
        fuzzer.Run(Seeds(10));
        Assert.All(lengths, l => Assert.Equal(SeedLength, l));
        Assert.Equal(0, fuzzer.Statistics.SeedsLeft);
    }

    [Fact]
    public void The_summary_says_how_many_seeds_were_left()
    {
        for (var i = 0; i < 20; i++) folder.Write($"seeds/{i}.txt", string.Concat(Enumerable.Repeat("settle\n", i + 1)));
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\n");
        Cli Fuzz(params string[] options) => Cli.Run(["fuzz", "--config", folder["fuzz.yml"], .. options]);
        var few = Fuzz("--executions", "5", "--json").Json;
        Assert.Equal((20, 15), ((int)few["seeds"]!, (int)few["seedsLeft"]!));
        Assert.Contains("15 of 20 were not played", Fuzz("--executions", "5").Output, StringComparison.Ordinal);
        var all = Fuzz("--executions", "100");
        Assert.DoesNotContain("not played", all.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_end_that_was_asked_for_writes_no_shorter_inputs_any_more()
    {
        folder.Write("seeds/a.txt", Cli.SeedScenario);
        folder.Write("seeds/b.txt", "plug 0 type=blk\nplug 1 type=blk\n" + Cli.SeedScenario);
        var plan = new FuzzPlan
        {
            Variant = VariantCatalogue.Resolve("unpinned"), Seed = 1, Engine = "guided", Corpus = [folder["seeds"]],
            Findings = folder["found"], Executions = 2000,
        };
        var result = Session(plan, stopsAt: long.MaxValue);
        var shortened = Assert.Single(result.Findings, f => f.Kind == "pool");
        Assert.Equal(shortened.Operations, StoredFinding.Open(shortened.Folder!).Operations);
        var hasty = Session(plan with { Findings = folder["hasty"] }, stopsAt: 1000);
        Assert.True(hasty.IsInterrupted);
        Assert.All(hasty.Findings, f => Assert.True(File.Exists(Path.Combine(f.Folder!, StoredFinding.BytesName))));
    }

    void IFuzzObserver.Found(Finding finding)
    {
    }

    void IFuzzObserver.Kept(byte[] input)
    {
    }

    void IFuzzObserver.Progress(FuzzStatistics statistics)
    {
    }

    private const int SeedLength = 60;

    private static byte[][] Seeds(int count) =>
        [.. Enumerable.Repeat(CampaignParser.Parse(string.Concat(Enumerable.Repeat("settle\n", SeedLength))).Encode(), count)];

    private static FuzzPlan Plan(double seconds = 0, long executions = 0) => new()
    {
        Variant = VariantCatalogue.Default, Seed = 1, Engine = "random", Seconds = seconds, Executions = executions, Findings = "",
    };

    private static FuzzResult Session(FuzzPlan plan, long stopsAt)
    {
        using var stop = new StopSignal();
        using var session = new FuzzSession(plan, new StopAt(stop, stopsAt), TextWriter.Null, ToyStack.NewTarget);
        return session.Run(stop);
    }

    /// <summary>A target whose executions take as long as is said.</summary>
    private FuzzTarget Target(double secondsEach = 0) => new(VariantCatalogue.Default, _ => campaign =>
    {
        lengths.Add(campaign.Operations.Count);
        time.Now += TimeSpan.FromSeconds(secondsEach);
        return null;
    });

    private sealed class StopAt(StopSignal stop, long executions) : IProgressReporter
    {
        public void Progress(FuzzStatistics statistics)
        {
            if (statistics.Executions >= executions) stop.Request();
        }

        public void Found(Finding finding, string? folder)
        {
        }

        public void End()
        {
        }
    }
}
