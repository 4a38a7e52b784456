using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>A run ends although an execution does not.</summary>
public sealed class LoopWatchTests : IFuzzObserver, IDisposable
{
    private static readonly FuzzPlan Plan = new()
    {
        Variant = VariantCatalogue.Default, Seed = 1, Engine = "random", Executions = 5, Findings = "",
    };

    private readonly StopSignal stop = new();
    private int runs;
    private volatile bool isReleased;

    public void Dispose()
    {
        isReleased = true;
        stop.Dispose();
    }

    [Fact]
    public void An_execution_that_computes_for_ever_is_a_failure_with_its_input()
    {
        var watch = new LoopWatch(Stuck(), stop) { Longest = TimeSpan.FromMilliseconds(200) };
        var failure = Assert.Throws<InternalFailureException>(() => watch.Run([]));
        Assert.True(watch.IsLeftBehind);
        Assert.Contains("execution 3 did not end", failure.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Assert.Single(failure.Inputs).Content);
    }

    [Fact]
    public void Whoever_asks_for_the_end_does_not_wait_for_an_execution_for_ever()
    {
        stop.Request();
        var watch = new LoopWatch(Stuck(), stop) { Patience = TimeSpan.FromMilliseconds(1) };
        runs = 2; // the loop ends before its first execution
        watch.Run([]);
        Assert.False(watch.IsLeftBehind);

        using var later = new StopSignal();
        runs = 0;
        var second = new LoopWatch(Stuck(later), later) { Patience = TimeSpan.FromMilliseconds(1) };
        second.Run([]);
        Assert.True(second.IsLeftBehind);
    }

    [Fact]
    public void What_the_loop_throws_comes_out()
    {
        var target = new FuzzTarget(VariantCatalogue.Default, _ => _ => throw new InvalidOperationException("a bug"));
        var watch = new LoopWatch(new Fuzzer(Plan, target, this, stop), stop);
        Assert.Contains("the model failed", Assert.Throws<InternalFailureException>(() => watch.Run([])).Message, StringComparison.Ordinal);
        Assert.False(watch.IsLeftBehind);
    }

    [Fact]
    public void Workers_compile_at_once_where_the_run_is_short_but_not_tiny()
    {
        Assert.True(Compilation.IsAtOnce(Plan with { Seconds = 60 }));
        Assert.False(Compilation.IsAtOnce(Plan with { Seconds = 3600 }));
        Assert.False(Compilation.IsAtOnce(Plan with { Executions = 0 }));
        Assert.False(Compilation.IsAtOnce(Plan with { Executions = 4000, Workers = 2 }));
        Assert.True(Compilation.IsAtOnce(Plan with { Executions = 40_000, Workers = 2 }));
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

    /// <summary>The third execution goes on until the test is over.</summary>
    private Fuzzer Stuck(StopSignal? asked = null) => new(
        Plan,
        new FuzzTarget(VariantCatalogue.Default, _ => _ =>
        {
            if (++runs == 3) asked?.Request();
            while (runs == 3 && !isReleased)
            {
            }
            return null;
        }),
        this,
        asked ?? stop);
}
