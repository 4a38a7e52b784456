using System.Text.Json.Nodes;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Triage;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>From raw inputs to findings, and what happens to them afterwards.</summary>
public sealed class TriageTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TriageTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nvariant: unpinned\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_raw_finding_becomes_a_full_one_in_its_place()
    {
        var key = Fuzzed();
        var triage = Triage("--json");
        Assert.Equal(1, triage.Exit);
        Assert.Equal(1, (int)triage.Json["filed"]!);
        string[] files =
        [
            "campaign.bin", "campaign.txt", "finding.json", "report.verified.txt", "sequence.mmd", "sequence.svg",
        ];
        Assert.Equal(files, Names($"findings/{key}"));
        var data = JsonNode.Parse(File.ReadAllText(folder[$"findings/{key}/finding.json"]))!;
        Assert.Equal(key, (string?)data["key"]);
        Assert.Equal("open", (string?)data["status"]);
        Assert.Equal("guided", (string?)data["firstSeen"]!["engine"]);
        Assert.Equal(["unpinned"], data["variants"]!.AsArray().Select(v => (string)v!));
        Assert.Contains("mainline", data["cleanIn"]!.AsArray().Select(v => (string)v!));
        var campaign = Campaign.Decode(File.ReadAllBytes(folder[$"findings/{key}/campaign.bin"]));
        Assert.Equal(3, campaign.Operations.Count);
        Assert.Contains(key, File.ReadAllText(folder["findings/README.md"]), StringComparison.Ordinal);
        Assert.Equal(0, Fuzz("--executions", "1").Exit);
        Assert.Equal(1, Cli.Run("replay", key, "--findings", folder["findings"]).Exit);
    }

    [Fact]
    public void Running_it_again_changes_nothing()
    {
        Fuzzed();
        folder.Write("raw/crash.txt", Cli.SeedScenario);
        Triage("--raw", folder["raw"]);
        var before = Everything();
        var again = Triage("--raw", folder["raw"], "--json");
        Assert.Equal(0, again.Exit);
        Assert.Equal(1, (int)again.Json["known"]!);
        Assert.Equal(before, Everything());
    }

    [Fact]
    public void A_variant_without_a_remedy_is_looked_at_too()
    {
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus/remedies/R26.txt")));
        var targets = new Targets(variant => new CcwFuzz.Target.FuzzTarget(variant));
        var survey = targets.Survey(campaign, VariantCatalogue.Resolve("hardened-R26"));
        Assert.Equal(("hardened-R26", "use-after-free-in_intr-add_port-4a5fcae0"), survey[^1]);
        Assert.Null(survey.Single(on => on.Variant == "hardened").Key);
        Assert.Equal(survey.Count, survey.Select(on => on.Variant).Distinct().Count());
    }

    [Fact]
    public void Crashes_of_afl_are_raw_inputs_and_its_other_files_are_none()
    {
        var bytes = CampaignParser.Parse(Cli.SeedScenario).Encode();
        var clean = CampaignParser.Parse("plug 0\n").Encode();
        foreach (var part in (string[])["queue", "crashes"]) Directory.CreateDirectory(folder[$"afl/default/{part}"]);
        File.WriteAllBytes(folder["afl/default/crashes/id:000000,sig:06,src:000001,op:havoc"], bytes);
        File.WriteAllBytes(folder["afl/default/crashes/id:000001,sig:06,src:000001,op:havoc"], clean);
        folder.Write("afl/default/crashes/README.txt", "no input");
        File.WriteAllBytes(folder["afl/default/queue/id:000000,orig:x"], bytes);
        folder.Write("afl/default/fuzzer_stats", "start_time : 1");
        var json = Triage("--raw", folder["afl"], "--json").Json;
        Assert.Equal(2, (int)json["raw"]!);
        Assert.Equal(1, (int)json["filed"]!);
        Assert.Equal("id:000001,sig:06,src:000001,op:havoc", (string?)Assert.Single(json["clean"]!.AsArray()));
    }

    [Fact]
    public void A_reproducer_joins_the_regression_corpus()
    {
        var key = Fuzzed();
        Triage();
        Assert.Equal([key + ".bin", key + ".json", key + ".txt"], Names("corpus/regression"));
        var json = JsonNode.Parse(File.ReadAllText(folder[$"corpus/regression/{key}.json"]))!;
        Assert.Equal("unpinned", (string?)json["violates"]!["variant"]);
        Assert.Equal("mainline", (string?)json["clean"]!["variant"]);
    }

    [Fact]
    public void Findings_elsewhere_leave_the_regression_corpus_alone()
    {
        folder.Write("raw/crash.txt", Cli.SeedScenario);
        Assert.Equal(1, Triage("--raw", folder["raw"], "--findings", folder["elsewhere"]).Exit);
        Assert.False(Directory.Exists(folder["corpus"]));
    }

    [Fact]
    public void A_changed_report_is_shown_and_can_be_accepted()
    {
        var key = Fuzzed();
        Triage();
        var verified = folder[$"findings/{key}/report.verified.txt"];
        var right = File.ReadAllText(verified);
        File.WriteAllText(verified, right.Replace("unplug 0", "unplug 7", StringComparison.Ordinal));
        var changed = Triage();
        Assert.Equal(1, changed.Exit);
        Assert.Contains("- unplug 7", changed.Output, StringComparison.Ordinal);
        Assert.Equal(right, File.ReadAllText(folder[$"findings/{key}/report.received.txt"]));
        Assert.Equal(0, Triage("--accept", key).Exit);
        Assert.Equal(right, File.ReadAllText(verified));
        Assert.False(File.Exists(folder[$"findings/{key}/report.received.txt"]));
        Assert.Equal(0, Triage().Exit);
    }

    [Fact]
    public void All_changes_can_be_accepted_at_once_and_a_fixed_finding_stays_fixed()
    {
        var key = Fuzzed();
        Triage();
        var (verified, data) = (folder[$"findings/{key}/report.verified.txt"], folder[$"findings/{key}/finding.json"]);
        var right = File.ReadAllText(verified);
        File.WriteAllText(verified, "something else");
        File.WriteAllText(data, File.ReadAllText(data).Replace("\"open\"", "\"fixed\"", StringComparison.Ordinal));
        Assert.Equal(0, Triage("--accept-all").Exit);
        Assert.Equal(right, File.ReadAllText(verified));
        Assert.Equal("fixed", StoredFinding.Open(folder[$"findings/{key}"]).Status);
    }

    [Fact]
    public void A_fixed_finding_that_comes_back_is_a_regression()
    {
        var key = Fuzzed();
        Triage();
        var data = folder[$"findings/{key}/finding.json"];
        File.WriteAllText(data, File.ReadAllText(data).Replace("\"open\"", "\"fixed\"", StringComparison.Ordinal));
        var fuzz = Fuzz("--executions", "1", "--json");
        Assert.Equal(1, fuzz.Exit);
        var finding = Assert.Single(fuzz.Json["findings"]!.AsArray())!;
        Assert.False((bool)finding["new"]!);
        Assert.True((bool)finding["regression"]!);
        Assert.Contains("regression", fuzz.Error, StringComparison.Ordinal);
        var input = folder[$"findings/{key}/raw/unpinned/campaign.bin"];
        Assert.True(File.Exists(input));
        var triage = Triage("--json");
        Assert.Equal(1, triage.Exit);
        Assert.Equal(key, (string?)Assert.Single(triage.Json["regressions"]!.AsArray()));
        Assert.True(File.Exists(input));
        Assert.Equal(1, Fuzz("--executions", "1").Exit);
        Assert.Equal(0, Triage("--accept", key).Exit);
        Assert.False(Directory.Exists(folder[$"findings/{key}/raw"]));
        Assert.Equal(0, Fuzz("--executions", "1").Exit);
    }

    [Fact]
    public void A_finding_that_is_gone_becomes_a_fixed_one_when_that_is_accepted()
    {
        var key = Fuzzed();
        Triage();
        // As if the code had been mended: the toy has no bug on mainline.
        var data = folder[$"findings/{key}/finding.json"];
        const string Before = "\"variant\": \"unpinned\",\n  \"host";
        const string After = "\"variant\": \"mainline\",\n  \"host";
        File.WriteAllText(data, File.ReadAllText(data).Replace(Before, After, StringComparison.Ordinal));
        Assert.Equal(1, Triage().Exit);
        Assert.Equal(0, Triage("--accept", key).Exit);
        Assert.Equal("fixed", StoredFinding.Open(folder[$"findings/{key}"]).Status);
        Assert.StartsWith("clean\n", File.ReadAllText(folder[$"findings/{key}/report.verified.txt"]), StringComparison.Ordinal);
        Assert.Equal(0, Triage().Exit);
    }

    [Fact]
    public void Mistakes_are_one_line()
    {
        Triage("--raw", folder["nowhere"]).IsMistake("nowhere", "no such folder");
        Triage("--accept", "no-such-key").IsMistake("no-such-key");
        var key = Fuzzed();
        Triage("--accept", key).IsMistake(key, "not triaged yet");
    }

    private string Fuzzed() => (string)Fuzz("--executions", "1", "--json").Json["findings"]![0]!["key"]!;

    private Cli Fuzz(params string[] options) => Cli.Run(["fuzz", "--config", folder["fuzz.yml"], .. options]);

    private Cli Triage(params string[] options) => Cli.Run(["triage", "--config", folder["fuzz.yml"], .. options]);

    private IEnumerable<string> Names(string path) =>
        Directory.EnumerateFiles(folder[path]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal);

    private List<string> Everything() =>
    [
        .. Directory.EnumerateFiles(folder.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => f + " " + Convert.ToHexString(File.ReadAllBytes(f))),
    ];
}
