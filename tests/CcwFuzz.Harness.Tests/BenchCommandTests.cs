using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>bench: what it measures, on findings of the toy.</summary>
public sealed class BenchCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public BenchCommandTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nvariant: unpinned\n");
        Run("fuzz", "--executions", "1");
        Run("triage");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Findings_hidden_in_long_campaigns_are_minimized()
    {
        var rows = Run("bench", "minimization", "--campaigns", "2", "--json").Json["rows"]!.AsArray();
        Assert.Equal(2, rows.Count);
        Assert.Equal("all", (string?)rows[1]!["name"]);
        foreach (var row in rows)
        {
            Assert.Equal(2, (int)row!["campaigns"]!);
            Assert.InRange((double)row["operationsBefore"]!, 40, 64);
            Assert.Equal(3, (double)row["operationsAfter"]!);
            Assert.Equal(0, (int)row["keyChanges"]!);
            Assert.Equal(0, (int)row["notMinimal"]!);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_rows()
    {
        string[] bench = ["bench", "minimization", "--seed", "7", "--campaigns", "1", "--json"];
        Assert.Equal(Run(bench).Output, Run(bench).Output);
    }

    [Fact]
    public void The_bare_target_runs_what_engines_start_from()
    {
        folder.Write("seeds/clean.txt", "plug 0\n");
        var run = Run("bench", "bare", "--seconds", "1");
        Assert.Equal(0, run.Exit);
        Assert.True((long)run.Json["executions"]! > 0);
        File.Delete(folder["seeds/clean.txt"]);
        Run("bench", "bare", "--seconds", "1").IsMistake("there are no inputs to run");
    }

    [Fact]
    public void Mistakes_are_one_line()
    {
        Run("bench", "coverage", "--seconds", "soon").IsMistake("--seconds", "soon");
        Run("bench", "minimization", "--campaigns", "none").IsMistake("--campaigns", "none");
        Run("bench", "everything").IsMistake("everything");
    }

    private Cli Run(params string[] words) => Cli.Run([.. words, "--config", folder["fuzz.yml"]]);
}
