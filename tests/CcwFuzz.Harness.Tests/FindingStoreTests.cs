using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Findings on disk: all of one or nothing of it, and never lost.</summary>
public sealed class FindingStoreTests : IDisposable
{
    private const string Raw = """
        {"key":"k","title":"t","kind":"leak","variant":"mainline","host":"bql","defects":[],"remedies":[],
        "engine":"guided","seed":1,"firstExecution":2,"operations":7,"deviations":0,"faults":0,"steps":3,"violation":null}
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_appears_with_all_its_files()
    {
        var store = new FindingStore(folder["found"]);
        store.Add("pool-x-1", [(StoredFinding.BytesName, [1, 2]), ("report.txt", [3])]);
        Assert.Equal(["pool-x-1"], StoredFinding.Keys(folder["found"]));
        Assert.Equal(["pool-x-1"], Directory.EnumerateFileSystemEntries(folder["found"]).Select(f => Path.GetFileName(f)!));
        Assert.False(store.Has("pool-x-1"));
        var again = new FindingStore(folder["found"], VariantCatalogue.Default);
        Assert.True(again.Has("pool-x-1"));
        Assert.Equal(Standing.New, again.JudgementOf("pool-x-1").Standing);
    }

    [Fact]
    public void The_first_to_write_a_finding_wins()
    {
        var store = new FindingStore(folder["found"]);
        store.Add("k", [(StoredFinding.BytesName, [1])]);
        store.Add("k", [(StoredFinding.BytesName, [2])]);
        Assert.Equal([1], File.ReadAllBytes(folder["found/k/campaign.bin"]));
        store.Replace("k", [(StoredFinding.BytesName, [3])]);
        Assert.Equal([3], File.ReadAllBytes(folder["found/k/campaign.bin"]));
    }

    [Fact]
    public void A_write_that_fails_leaves_nothing_half()
    {
        Directory.CreateDirectory(folder["found"]);
        Assert.ThrowsAny<IOException>(() => AtomicFile.WriteFolder(folder["found/k"], [("a", [1]), ("no/such/b", [2])]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["found"]));
        folder.Write("kept", "before");
        Directory.CreateDirectory(folder["blocked"]);
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(folder["blocked"], "x"));
        Assert.Equal("before", File.ReadAllText(folder["kept"]));
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Root), p => p.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed()
    {
        folder.Write("found/.k.999999999.tmp/campaign.bin", "");
        folder.Write($"found/.k.{Environment.ProcessId}.tmp/campaign.bin", "");
        Assert.Empty(StoredFinding.Keys(folder["found"]));
        _ = new FindingStore(folder["found"]);
        var left = Directory.EnumerateDirectories(folder["found"]).Select(f => Path.GetFileName(f)!);
        Assert.Equal([$".k.{Environment.ProcessId}.tmp"], left);
    }

    [Fact]
    public void What_was_left_unfinished_is_removed_wherever_it_is()
    {
        folder.Write("found/k/campaign.bin", "x");
        folder.Write("found/k/.campaign.bin.999999999.tmp", "");
        folder.Write($"found/.old.{Environment.ProcessId}.tmp", "");
        File.SetLastWriteTime(folder[$"found/.old.{Environment.ProcessId}.tmp"], DateTime.UnixEpoch); // of one who had our number
        _ = new FindingStore(folder["found"]);
        Assert.Equal([folder["found/k/campaign.bin"]], Directory.EnumerateFiles(folder["found"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_files_of_a_finding_are_replaced_together_and_others_stay()
    {
        var store = new FindingStore(folder["found"]);
        store.Add("k", [(StoredFinding.BytesName, [1]), ("report.txt", [2])]);
        folder.Write("found/k/note.txt", "kept");
        store.Replace("k", [(StoredFinding.BytesName, [3]), ("report.txt", [4])]);
        Assert.Equal([3], File.ReadAllBytes(folder["found/k/campaign.bin"]));
        Assert.Equal([4], File.ReadAllBytes(folder["found/k/report.txt"]));
        Assert.Equal("kept", File.ReadAllText(folder["found/k/note.txt"]));
        Assert.Equal(["k"], Directory.EnumerateFileSystemEntries(folder["found"]).Select(f => Path.GetFileName(f)!));
        Assert.ThrowsAny<IOException>(() => store.Replace("k", [("report.txt", [5]), ("no/such", [6])]));
        Assert.Equal([4], File.ReadAllBytes(folder["found/k/report.txt"]));
    }

    [Fact]
    public void A_finding_that_cannot_be_written_is_printed_with_its_bytes()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        var plan = new FuzzPlan
        {
            Variant = VariantCatalogue.Resolve("unpinned"),
            Seed = 1,
            Engine = "guided",
            Executions = 1,
            Corpus = [folder["seeds"]],
            Findings = folder["found"],
        };
        using var log = new StringWriter();
        using var stop = new StopSignal();
        var session = new FuzzSession(plan, new ConsoleProgress(log, plan, isTerminal: false), log, ToyStack.NewTarget);
        Directory.Delete(folder["found"]);
        folder.Write("found", "in the way");
        var result = session.Run(stop);
        var finding = Assert.Single(result.Findings);
        Assert.Equal(ExitCode.Violation, result.Exit);
        Assert.Null(finding.Folder);
        Assert.Contains("cannot write the finding", log.ToString(), StringComparison.Ordinal);
        Assert.Contains(finding.Input!, log.ToString(), StringComparison.Ordinal);
        File.WriteAllBytes(folder["again.bin"], Convert.FromBase64String(finding.Input!));
        var replay = Cli.Run("replay", folder["again.bin"], "--variant", "unpinned", "--json");
        Assert.Equal(finding.Key, (string?)replay.Json["key"]);
        Assert.Equal(finding.Input, RunSummary.Of(plan, result).Findings[0].Input);
    }

    [Fact]
    public void A_damaged_finding_is_a_mistake()
    {
        folder.Write("found/k/campaign.bin", "");
        folder.Write("found/k/finding.json", "{");
        Cli.Run("replay", "k", "--findings", folder["found"]).IsMistake("finding.json", "not valid JSON");
        foreach (var (text, problem) in new[]
        {
            ("[]", "it has no object, but a list"),
            ("{}", "it has no 'key', 'title'"),
            ("{\"status\":\"open\"}", "'groupReason'"),
            ("{\"backend\":\"linux\"}", "it has no 'key', 'title'"),
            ("{\"backend\":\"linux\",\"key\":null}", "'key' must not be null"),
            (Raw.Replace("7", "\"seven\"", StringComparison.Ordinal), "'operations' is not of the expected type"),
            (Raw.Replace("\"t\"", "null", StringComparison.Ordinal), "'title' must not be null"),
            (Raw.Replace("violation\":null", "violation\":{\"kind\":\"leak\"}", StringComparison.Ordinal), "'violation' has no 'message'"),
        })
        {
            folder.Write("found/k/finding.json", text);
            Cli.Run("replay", "k", "--findings", folder["found"]).IsMistake("finding.json", problem);
        }
        folder.Write("found/k/finding.json", Raw);
        Assert.Equal(7, StoredFinding.Open(folder["found/k"]).Operations);
    }

    [Fact]
    public void What_somebody_added_to_a_finding_stays()
    {
        folder.Write("found/k/campaign.bin", "");
        folder.Write("found/k/finding.json", Raw[..^1] + ",\"note\":{\"by\":\"a person\"}}");
        var record = (RawRecord)StoredFinding.Open(folder["found/k"]).Record!;
        var text = JsonOutput.Pretty(record with { Title = "other" }, FindingJson.Written.RawRecord);
        Assert.EndsWith("\"note\": {\n    \"by\": \"a person\"\n  }\n}\n", text, StringComparison.Ordinal);
    }
}
