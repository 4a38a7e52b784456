using System.Diagnostics;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Commands that are printed to be pasted, and keys that are not written out.</summary>
public sealed class HintTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("plain-1.txt")]
    [InlineData("two words")]
    [InlineData("it's")]
    [InlineData("$HOME `x` \"y\" ; *")]
    [InlineData("~")]
    [InlineData("")]
    public void The_shell_reads_a_quoted_word_as_it_was(string word)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"printf %s {Hint.Quote(word)}");
        using var shell = Process.Start(start)!;
        Assert.Equal(word, shell.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void Words_that_need_no_quotes_have_none()
    {
        Assert.Equal("findings/pool-a.b_1", Hint.Quote("findings/pool-a.b_1"));
    }

    [Fact]
    public void A_path_is_relative_below_the_current_folder_and_whole_elsewhere()
    {
        Assert.Equal("a/b", Hint.Short(Path.Combine(Environment.CurrentDirectory, "a", "b")));
        Assert.Equal("./-a", Hint.Short(Path.Combine(Environment.CurrentDirectory, "-a")));
        Assert.Equal(folder["k"], Hint.Short(folder["k"]));
    }

    [Fact]
    public void The_folder_of_findings_is_named_if_it_is_not_the_usual_one()
    {
        Assert.Empty(Hint.Findings(folder["findings"], folder.Root));
        Assert.Equal(["--findings", folder["other"]], Hint.Findings(folder["other"], folder.Root));
    }

    [Fact]
    public void The_hint_of_a_run_replays_its_finding_from_here()
    {
        folder.Write("my seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [my seeds] }\nfindings: what it's found\nvariant: unpinned\n");
        var run = Cli.Run("fuzz", "--config", folder["fuzz.yml"], "--executions", "1");
        var hint = Assert.Single(run.Output.Split('\n'), l => l.StartsWith("replay ", StringComparison.Ordinal));
        var key = Assert.Single(StoredFinding.Keys(folder["what it's found"]));
        Assert.EndsWith($"replay {Hint.Quote(folder[$"what it's found/{key}"])} --trace", hint, StringComparison.Ordinal);
    }

    [Fact]
    public void The_beginning_of_a_key_is_enough_if_no_other_key_begins_so()
    {
        Filed("pool-abc", "pool-abd", "leak-x");
        Assert.Equal("leak-x", StoredFinding.Named(folder["found"], "leak")!.Key);
        Assert.Equal("pool-abc", StoredFinding.Named(folder["found"], "pool-abc")!.Key);
        Assert.Null(StoredFinding.Named(folder["found"], "hang"));
        Assert.Null(StoredFinding.Named(folder["found"], ""));
        Assert.Equal(0, Cli.Run("show", "leak", "--findings", folder["found"]).Exit);
        Cli.Run("replay", "pool-ab", "--findings", folder["found"])
            .IsMistake("'pool-ab' may be one of 2 findings: pool-abc, pool-abd");
        Cli.Run("minimize", "pool", "-o", folder["out"], "--findings", folder["found"]).IsMistake("pool-abc, pool-abd");
        Cli.Run("triage", "--accept", "pool", "--findings", folder["found"]).IsMistake("pool-abc, pool-abd");
    }

    [Fact]
    public void A_key_that_begins_another_one_is_that_key()
    {
        Filed("pool-a", "pool-ab");
        Assert.Equal("pool-a", StoredFinding.Named(folder["found"], "pool-a")!.Key);
    }

    [Fact]
    public void A_near_miss_suggests_the_nearest_key()
    {
        Filed("pool-virtio-ccw", "leak-x");
        Cli.Run("replay", "pool-vrtio-ccw", "--findings", folder["found"]).IsMistake("did you mean 'pool-virtio-ccw'?");
        Cli.Run("replay", "hang-something", "--findings", folder["found"]).IsMistake("the findings in", "leak-x, pool-virtio-ccw");
    }

    private void Filed(params string[] keys)
    {
        foreach (var key in keys) folder.Write($"found/{key}/campaign.bin", "settle\n");
    }
}
