using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>What a worker leaves for its parent, and what it dies of.</summary>
public sealed class InputPageTests : IFuzzObserver, IDisposable
{
    private static readonly FuzzPlan Plan = new()
    {
        Variant = VariantCatalogue.Default, Seed = 1, Engine = "random", Executions = 3, Findings = "",
    };

    private readonly InputPage page = InputPage.Create();
    private readonly StopSignal stop = new();

    public void Dispose()
    {
        page.Dispose();
        stop.Dispose();
    }

    [Fact]
    public void What_one_process_writes_the_other_one_reads()
    {
        Assert.Null(page.Read().Input);
        using (var other = InputPage.Open(page.Path))
        {
            var numbers = new FuzzStatistics { Edges = 4, Features = 5, Corpus = 6 };
            other.Begin([1, 2, 3], numbers);
            numbers.Executed();
            other.End(numbers);
            other.Begin([9], numbers);
        }
        var content = page.Read();
        Assert.Equal((1, 4, 5, 6), (content.Executions, content.Edges, content.Features, content.Corpus));
        Assert.Equal([9], content.Input!);
        page.Begin([], new FuzzStatistics());
        Assert.Empty(page.Read().Input!);
        page.Clear();
        Assert.Equal(default, page.Read());
        Assert.Throws<UsageException>(() => InputPage.Open("/proc/self/fd/none"));
    }

    [Fact]
    public void The_engine_notes_each_input_before_it_runs()
    {
        var seen = new List<(long Executions, byte[] Input)>();
        var target = new FuzzTarget(VariantCatalogue.Default, _ => _ =>
        {
            seen.Add((page.Read().Executions, page.Read().Input!));
            return null;
        });
        var fuzzer = new Fuzzer(Plan, target, this, stop) { Page = page };
        fuzzer.Run([new byte[8], [1, 0, 0, 0, 0, 0, 0, 0]]);
        Assert.Equal([0, 1, 2], seen.Select(s => s.Executions));
        Assert.Equal(new byte[8], seen[0].Input);
        Assert.Equal(1, seen[1].Input[0]);
        Assert.Equal(fuzzer.Current, seen[2].Input);
        Assert.Equal(3, page.Read().Executions);
    }

    [Fact]
    public void A_worker_dies_of_memory_that_is_used_up_and_a_run_without_workers_fails()
    {
        FuzzTarget Full() => new(VariantCatalogue.Default, _ => _ => throw new InsufficientMemoryException());
        Assert.Throws<InsufficientMemoryException>(() => new Fuzzer(Plan, Full(), this, stop) { Page = page }.Run([new byte[8]]));
        Assert.Equal(0, page.Read().Executions);
        Assert.Throws<InternalFailureException>(() => new Fuzzer(Plan, Full(), this, stop).Run([new byte[8]]));
    }

    [Fact]
    public void Inputs_that_a_worker_died_of_are_left_out()
    {
        byte[] deadly = [1, 2, 3, 4, 5, 6, 7, 8];
        var plan = Plan with { Without = [InputFiles.ContentName(deadly)] };
        Assert.True(plan.LeavesOut([.. deadly, 9])); // what is no whole record is no part of an input
        Assert.False(plan.LeavesOut(new byte[8]));
        Assert.False(Plan.LeavesOut(deadly));
    }

    [Fact]
    public void A_row_of_deaths_ends_with_enough_executions()
    {
        var often = new Endurance();
        for (var i = 1; i < Endurance.Deaths; i++) Assert.Null(often.Died(Endurance.Enough - 1, hasBegun: true));
        Assert.Null(often.Died(Endurance.Enough, hasBegun: true));
        for (var i = 2; i < Endurance.Deaths; i++) Assert.Null(often.Died(1, hasBegun: true));
        Assert.NotNull(often.Died(1, hasBegun: true));
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
}
