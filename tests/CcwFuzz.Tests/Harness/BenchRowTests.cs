using CcwFuzz.Harness.Benchmarks;
using Xunit;

namespace CcwFuzz.Tests.Harness;

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
}
