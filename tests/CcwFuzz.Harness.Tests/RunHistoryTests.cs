using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Output;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The numbers of runs on one corpus, written by several at once.</summary>
public sealed class RunHistoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Two_runs_at_once_lose_nothing_of_each_other()
    {
        var (one, other) = (New(), New());
        one.Update(10, 1, isLast: true);
        other.Update(100, 5, isLast: true);
        one.Update(30, 2, isLast: true);
        other.Update(150, 6, isLast: true);
        Assert.Equal(new RunTotals(2, 180, 8), other.Totals(150, 6));
        one.Update(30, 2, isLast: true);
        Assert.Equal(new RunTotals(2, 180, 8), one.Totals(30, 2));
        Assert.Equal(new RunTotals(3, 181, 9), New().Totals(1, 1));
    }

    [Fact]
    public void A_run_counts_once_however_often_it_writes()
    {
        var run = New();
        Assert.Equal(new RunTotals(1, 5, 1), run.Totals(5, 1));
        for (var i = 1; i <= 3; i++) run.Update(i, i, isLast: true);
        Assert.Equal(new RunTotals(1, 4, 4), run.Totals(4, 4));
        Assert.Equal(new RunTotals(2, 3, 3), New().Totals(0, 0));
    }

    [Fact]
    public void A_lock_is_given_to_one_and_then_to_the_next()
    {
        var first = FolderLock.TryTake(folder.Root);
        Assert.NotNull(first);
        Assert.Null(FolderLock.TryTake(folder.Root));
        first.Dispose();
        using var second = FolderLock.Take(folder.Root);
        Assert.ThrowsAny<IOException>(() => FolderLock.TryTake(folder["nowhere"]));
    }

    private RunHistory New() => new(folder.Root, TextWriter.Null);
}
