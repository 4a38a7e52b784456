using CcwFuzz.Harness.Benchmarks;
using CcwFuzz.Harness.Engine.Workers;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The arithmetic of measurements.</summary>
public sealed class BenchRowTests
{
    [Fact]
    public void A_row_says_its_median_and_whether_the_budget_is_kept()
    {
        Assert.Equal(2, new BenchRow("odd", "s", [3, 1, 2]).Median);
        Assert.Equal(2.5, new BenchRow("even", "s", [4, 1, 2, 3]).Median);
        Assert.True(new BenchRow("ratio", "", [0.8]) { AtLeast = 0.8 }.IsKept);
        Assert.False(new BenchRow("ratio", "", [0.79]) { AtLeast = 0.8 }.IsKept);
        Assert.False(new BenchRow("start", "s", [0.6]) { AtMost = 0.5 }.IsKept);
    }

    [Fact]
    public void What_was_not_measured_has_no_figures_but_a_reason()
    {
        var all = new Measurements();
        all.Add("a", 1);
        all.Add("a", 3);
        all.Miss("b", "b is not there");
        all.Miss("b", "another reason");
        Assert.Equal(2, all.Row("a", "s").Median);
        var json = all.Row("b", "s").Json();
        Assert.Null(json["median"]);
        Assert.Null(json["kept"]);
        Assert.Equal("b is not there", (string?)json["missing"]);
        Assert.False(all.Row("a", "s").Json().ContainsKey("missing"));
    }

    [Fact]
    public void A_worker_is_measured_when_it_is_warm()
    {
        WorkerSample[] samples = [new(10, 1, 2), new(100, 4, 5), new(500, 8, 9), new(900, 12, 11)];
        Assert.Equal((100, 7500), ((int)WorkerPace.Of(samples).Rate, (int)WorkerPace.Of(samples).Processor));
        Assert.Equal(default, WorkerPace.Of(samples[..1]));
    }
}
