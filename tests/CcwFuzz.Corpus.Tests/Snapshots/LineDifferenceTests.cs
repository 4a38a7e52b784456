using CcwFuzz.Harness.Findings;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Snapshots;

/// <summary>A changed report is shown by its first lines that differ, and left beside the verified one.</summary>
public sealed class LineDifferenceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Texts_of_tens_of_thousands_of_lines_are_compared()
    {
        const int Length = 30_000; // far more than can be compared each with each
        var before = string.Join('\n', Enumerable.Range(0, Length).Select(i => $"before {(char)('a' + (i % 7))}"));
        var after = string.Join('\n', Enumerable.Range(0, Length).Select(i => $"after {(char)('a' + (i % 5))}"));
        var difference = LineDifference.Between($"start\n{before}\nend", $"start\n{after}\nend")!;
        Assert.StartsWith(
            $"the first difference is in line 2; {Length} lines are gone, {Length} are new, 0 differ", difference,
            StringComparison.Ordinal);
        Assert.Contains("\n  start\n- before a\n", difference, StringComparison.Ordinal);
        Assert.Contains("\n+ after a\n", difference, StringComparison.Ordinal);
        Assert.InRange(difference.Count(c => c == '\n'), 10, 60);
        // One that is gone in the middle is still found.
        var shorter = LineDifference.Between($"{before}\nonly here\n{after}", $"{before}\n{after}")!;
        Assert.Contains("1 lines are gone, 0 are new", shorter, StringComparison.Ordinal);
    }

    [Fact]
    public void It_names_the_first_lines_that_differ()
    {
        var difference = LineDifference.Between("a\nb\nc\nd\ne", "a\nb\nX\nY\nd\ne");
        Assert.Equal(
            "the first difference is in line 3; 1 lines are gone, 2 are new, 0 differ in numbers only\n"
            + "  a\n  b\n- c\n+ X\n+ Y\n  d\n  e\n",
            difference);
    }

    [Fact]
    public void Lines_that_differ_in_numbers_only_hide_nothing()
    {
        var difference = LineDifference.Between("  9  a\n 10  b\n 11  c\n 12  d\n 13  e", "  9  a\n 10  b\n 10  d\n 11  e");
        Assert.Equal(
            "the first difference is in line 3; 1 lines are gone, 0 are new, 2 differ in numbers only\n"
            + "    9  a\n   10  b\n-  11  c\n   12  d\n   13  e\n",
            difference);
        Assert.Contains("- 1 x\n+ 2 x\n", LineDifference.Between("1 x", "2 x"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\nb", "a\nb\n")]
    [InlineData("\uFEFFa\r\nb", "a\nb")]
    public void Line_endings_and_marks_do_not_count(string verified, string received) =>
        Assert.Null(LineDifference.Between(verified, received));

    [Theory]
    [InlineData("a", "a\nb")]
    [InlineData("a\nb", "a")]
    [InlineData("a\na", "a\na\na")]
    public void What_is_added_or_missing_at_the_end_counts(string verified, string received) =>
        Assert.NotNull(LineDifference.Between(verified, received));

    [Fact]
    public void A_changed_report_is_left_beside_the_verified_one()
    {
        folder.Write("k/report.verified.txt", "one\ntwo");
        Assert.Null(Snapshot.Compare(folder["k"], "one\ntwo"));
        Assert.Contains("- two\n+ three\n", Snapshot.Compare(folder["k"], "one\nthree"), StringComparison.Ordinal);
        Assert.Equal("one\nthree", File.ReadAllText(folder["k/report.received.txt"]));
        Assert.Null(Snapshot.Compare(folder["k"], "one\ntwo"));
        Assert.False(File.Exists(folder["k/report.received.txt"]));
    }
}
