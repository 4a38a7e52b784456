using CcwFuzz.Harness.Findings;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The fuzz command from start to end: findings on disk, known ones, determinism, the corpus.</summary>
public sealed class FuzzCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FuzzCommandTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nvariant: unpinned\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_finding_is_written_announced_and_new_until_it_is_triaged()
    {
        var first = Fuzz("--executions", "1", "--json");
        Assert.Equal(1, first.Exit);
        Assert.Equal(1, (long)first.Json["executions"]!);
        var finding = Assert.Single(first.Json["findings"]!.AsArray())!;
        Assert.True((bool)finding["new"]!);
        Assert.Equal(1, (long)finding["firstExecution"]!);
        var key = (string)finding["key"]!;
        Assert.Contains((string)finding["title"]!, first.Error, StringComparison.Ordinal);
        string[] files = [StoredFinding.BytesName, StoredFinding.TextName, StoredFinding.DataName, StoredFinding.ReportName];
        var written = Directory.EnumerateFiles(folder[$"found/{key}"]).Select(f => Path.GetFileName(f)!);
        Assert.Equal(files, written.Order(StringComparer.Ordinal));

        var second = Fuzz("--executions", "1", "--json");
        Assert.Equal(1, second.Exit);
        var again = Assert.Single(second.Json["findings"]!.AsArray())!;
        Assert.True((bool)again["new"]!);
        Assert.Equal(("new", "found before, and not triaged"), ((string)again["status"]!, (string)again["note"]!));

        Assert.Equal(1, Cli.Run("triage", "--config", folder["fuzz.yml"]).Exit);
        var third = Fuzz("--executions", "1", "--json");
        Assert.Equal(0, third.Exit);
        Assert.Equal("known", (string?)Assert.Single(third.Json["findings"]!.AsArray())!["status"]);
    }

    [Fact]
    public void Without_a_corpus_yet_a_run_starts_from_the_seeds_and_writes_the_corpus()
    {
        var cold = Fuzz("--executions", "1", "--corpus", folder["cold"], "--json");
        Assert.Equal(1, cold.Exit);
        Assert.Single(cold.Json["findings"]!.AsArray());
        Assert.True(Directory.Exists(folder["cold"]));
        folder.Write("fuzz.yml", "corpus: { seeds: [] }\nfindings: other\nvariant: unpinned\n");
        Assert.Equal(0, Fuzz("--executions", "1", "--corpus", folder["none"]).Exit);
    }

    [Fact]
    public void An_input_that_the_corpus_and_the_seeds_have_is_played_once()
    {
        folder.Write("own/seed.txt", Cli.SeedScenario);
        folder.Write("own/other.txt", "plug 0\n");
        Assert.StartsWith("2 inputs to start from", Fuzz("--executions", "1", "--corpus", folder["own"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finding_replays_by_its_key_on_its_own_variant()
    {
        var key = (string)Fuzz("--executions", "1", "--json").Json["findings"]![0]!["key"]!;
        var replay = Cli.Run("replay", key, "--findings", folder["found"], "--json");
        Assert.Equal(1, replay.Exit);
        Assert.Equal(key, (string?)replay.Json["key"]);
        Assert.Equal("unpinned", (string?)replay.Json["variant"]);
        Assert.Equal(1, Cli.Run("replay", folder[$"found/{key}"], "--json").Exit);
        Assert.Equal(0, Cli.Run("replay", key, "--findings", folder["found"], "--variant", "mainline").Exit);
        Assert.Equal(1, Cli.Run("replay", folder[$"found/{key}/campaign.txt"], "--variant", "unpinned").Exit);
        Assert.Equal(
            Cli.Run("show", folder[$"found/{key}/campaign.bin"]).Output,
            Cli.Run("show", key, "--findings", folder["found"]).Output);
        var report = File.ReadAllText(folder[$"found/{key}/{StoredFinding.ReportName}"]);
        Assert.Contains(key, report, StringComparison.Ordinal);
        Assert.Contains("step", report, StringComparison.Ordinal);
        Cli.Run("replay", key + "x", "--findings", folder["found"]).IsMistake(key);
    }

    [Theory]
    [InlineData("guided")]
    [InlineData("random")]
    [InlineData("pct")]
    public void The_seed_determines_the_run(string engine)
    {
        string Run(string seed, string findings)
        {
            var json = Fuzz("--executions", "400", "--seed", seed, "--engine", engine, "--findings", folder[findings], "--json").Json;
            foreach (var timing in (string[])["seconds", "executionsPerSecond"]) json.Remove(timing);
            foreach (var finding in json["findings"]!.AsArray()) finding!["folder"] = null;
            return json.ToJsonString();
        }

        var one = Run("5", "a");
        Assert.Equal(one, Run("5", "b"));
        Assert.NotEqual(one, Run("6", "c"));
    }

    [Fact]
    public void Every_finding_replays_from_its_folder()
    {
        var json = Fuzz("--executions", "3000", "--json").Json;
        foreach (var finding in json["findings"]!.AsArray())
        {
            var key = (string)finding!["key"]!;
            Assert.Equal(key, (string?)Cli.Run("replay", folder[$"found/{key}"], "--json").Json["key"]);
        }
    }

    [Fact]
    public void Executions_alone_lift_the_limit_of_seconds()
    {
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nfindings: found\nseconds: 0.000001\n");
        Assert.Equal(100, (long)Fuzz("--executions", "100", "--json").Json["executions"]!);
        Assert.True((long)Fuzz("--executions", "1000000", "--seconds", "0.05", "--json").Json["executions"]! < 1_000_000);
    }

    [Fact]
    public void A_broken_corpus_file_is_named_and_skipped()
    {
        folder.Write("seeds/broken.txt", "plgu 0\n");
        var run = Fuzz("--executions", "1", "--json");
        Assert.Equal(1, run.Exit);
        Assert.Matches(@"(?m)^skipped a broken corpus file: .*broken\.txt:1:1: unknown operation", run.Error);
    }

    [Fact]
    public void Inputs_are_kept_only_where_it_was_asked_for()
    {
        Fuzz("--executions", "200");
        Assert.False(Directory.Exists(folder["corpus"]));
        folder.Write("own/seed.txt", "plug 0\n");
        var run = Fuzz("--executions", "200", "--corpus", folder["own"], "--json");
        var kept = Directory.GetFiles(folder["own"], "*.bin");
        Assert.Equal((int)run.Json["corpus"]!, kept.Length);
        Assert.All(kept, k => Assert.Equal(0, Cli.Run("show", k).Exit));
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds], keep: true }\nfindings: found\nvariant: unpinned\n");
        Fuzz("--executions", "200");
        Assert.NotEmpty(Directory.GetFiles(folder["corpus/work/unpinned"], "*.bin"));
    }

    [Fact]
    public void A_corpus_remembers_the_runs_on_it()
    {
        folder.Write("own/seed.txt", "plug 0\n");
        Assert.Null(Fuzz("--executions", "20", "--json").Json["allRuns"]);
        var first = Fuzz("--executions", "20", "--corpus", folder["own"], "--json").Json["allRuns"]!;
        string[] again = ["--executions", "30", "--corpus", folder["own"], "--workers", "2", "--variant", "mainline", "--json"];
        var second = Fuzz(again).Json["allRuns"]!;
        Assert.Equal((1, 20), ((int)first["runs"]!, (long)first["executions"]!));
        Assert.Equal((2, 50), ((int)second["runs"]!, (long)second["executions"]!));
        Assert.True((double)second["seconds"]! > (double)first["seconds"]!);
        folder.Write("own/.runs.json", "{\"runs\":");
        var third = Fuzz("--executions", "1", "--corpus", folder["own"], "--json");
        Assert.Matches(@"(?m)^the numbers of earlier runs are lost: cannot read '.*\.runs\.json'", third.Error);
        Assert.Equal(1, (int)third.Json["allRuns"]!["runs"]!);
    }

    /// <summary>The workers are processes of their own, and so run the device stack itself.</summary>
    [Fact]
    public void Workers_share_the_work_and_their_findings_are_merged()
    {
        folder.Write("fuzz.yml", "corpus: { seeds: [] }\nfindings: found\n");
        var run = Fuzz("--executions", "11", "--workers", "2", "--variant", "mainline", "--json");
        Assert.True(run.Exit is 0 or 1, run.Error);
        Assert.Equal(11, (long)run.Json["executions"]!);
        Assert.Equal(2, (int)run.Json["workers"]!);
        Assert.Empty(run.Json["deadWorkers"]!.AsArray());
        var keys = run.Json["findings"]!.AsArray().Select(f => (string)f!["key"]!).ToList();
        Assert.Equal(keys.Distinct(), keys);
        Assert.All(keys, k => Assert.True(Directory.Exists(folder[$"found/{k}"])));
        Assert.Equal(run.Exit, keys.Count > 0 ? 1 : 0);
    }

    private Cli Fuzz(params string[] options) => Cli.Run(["fuzz", "--config", folder["fuzz.yml"], .. options]);
}
