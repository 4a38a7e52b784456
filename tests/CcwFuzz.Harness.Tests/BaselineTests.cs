using System.Text.Json.Nodes;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>What is known: filed, and expected on what runs.</summary>
public sealed class BaselineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string key;

    public BaselineTests()
    {
        folder.Write("seeds/seed.txt", Cli.SeedScenario);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nvariant: unpinned\n");
        key = (string)Fuzz("--json").Json["findings"]![0]!["key"]!;
        Assert.Equal(1, Triage().Exit);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_filed_in_a_baseline_is_known_and_nothing_is_written()
    {
        Directory.Move(folder["findings"], folder["filed"]);
        var run = Fuzz("--baseline", folder["filed"], "--findings", folder["new"], "--json");
        Assert.Equal((0, "known"), (run.Exit, Status(run)));
        Assert.Equal(folder[$"filed/{key}"], (string?)run.Json["findings"]![0]!["folder"]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["new"]));
        Assert.Equal(1, Fuzz("--findings", folder["new"]).Exit);
        folder.Write("fuzz.yml", "corpus: { seeds: [seeds] }\nvariant: unpinned\nfindings: new\nbaseline: [filed]\n");
        Assert.Equal(0, Fuzz().Exit);
    }

    [Fact]
    public void Several_baselines_are_looked_up()
    {
        Directory.Move(folder["findings"], folder["filed"]);
        Directory.CreateDirectory(folder["empty"]);
        Assert.Equal(0, Fuzz("--baseline", folder["empty"], "--baseline", folder["filed"], "--findings", folder["new"]).Exit);
    }

    [Fact]
    public void A_finding_that_is_said_to_be_clean_on_the_variant_is_a_regression_until_it_is_triaged()
    {
        Record(("variants", ["pre-dma"]), ("cleanIn", ["unpinned"]));
        var run = Fuzz("--json");
        Assert.Equal((1, "regression"), (run.Exit, Status(run)));
        Assert.Equal("was clean on unpinned", (string?)run.Json["findings"]![0]!["note"]);
        Assert.Contains("regression at execution 1 (was clean on unpinned)", run.Error, StringComparison.Ordinal);
        var text = Fuzz();
        Assert.Equal(1, text.Exit);
        Assert.Contains("0 new, 1 regression; 0 known", text.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder[$"findings/{key}/raw/unpinned/finding.json"]));
        Assert.Equal(1, Cli.Run("replay", folder[$"findings/{key}/raw/unpinned"]).Exit);
        var all = Cli.Run("replay", folder["findings"]);
        Assert.Contains($"raw/unpinned/campaign.bin  {key}  as recorded", all.Output, StringComparison.Ordinal);

        var triage = Triage();
        Assert.Equal(1, triage.Exit);
        Assert.Contains($"regression  {key} was clean on unpinned and is back", triage.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder[$"findings/{key}/raw"]));
        Assert.Equal((0, 0), (Fuzz().Exit, Triage().Exit));
    }

    [Fact]
    public void A_regression_of_a_baseline_is_written_to_the_findings()
    {
        Record(("variants", ["pre-dma"]), ("cleanIn", ["unpinned"]));
        Directory.Move(folder["findings"], folder["filed"]);
        var before = File.ReadAllText(folder[$"filed/{key}/finding.json"]);
        string[] where = ["--baseline", folder["filed"], "--findings", folder["new"]];
        Assert.Equal(1, Fuzz(where).Exit);
        Assert.Equal(1, Fuzz(where).Exit);
        Assert.True(File.Exists(folder[$"new/{key}/campaign.bin"]));
        Assert.Equal(before, File.ReadAllText(folder[$"filed/{key}/finding.json"]));
        Assert.Equal(1, Triage("--findings", folder["new"]).Exit);
        Assert.Equal(0, Fuzz(where).Exit);
    }

    [Fact]
    public void Where_the_record_says_nothing_a_finding_is_new()
    {
        Record(("variants", ["mainline"]), ("cleanIn", []));
        Replace("\"variant\": \"unpinned\"", "\"variant\": \"mainline\"");
        var run = Fuzz("--json");
        Assert.Equal((1, "new"), (run.Exit, Status(run)));
        Assert.Equal("known on mainline, not expected on unpinned", (string?)run.Json["findings"]![0]!["note"]);
        var triage = Triage("--json");
        Assert.Equal("unpinned", (string?)Assert.Single(triage.Json["met"]!.AsArray())!["on"]);
        Assert.Equal(0, Fuzz().Exit);
        Assert.Contains("unpinned", StoredFinding.Open(folder[$"findings/{key}"]).Variants);
    }

    [Fact]
    public void A_finding_is_expected_with_more_defects_and_not_with_fewer()
    {
        Assert.Equal(0, Fuzz("--defect", "H40").Exit);
        Record(("defects", ["H40"]));
        var run = Fuzz("--json");
        Assert.Equal((1, "new"), (run.Exit, Status(run)));
        Assert.Equal("known on unpinned+H40, not expected on unpinned", (string?)run.Json["findings"]![0]!["note"]);
        Assert.Equal(0, Fuzz("--defect", "H40").Exit);
        Assert.Equal("unpinned@bql", (string?)Assert.Single(Triage("--json").Json["met"]!.AsArray())!["on"]);
        Assert.Equal(0, Fuzz().Exit);
    }

    [Fact]
    public void A_finding_of_an_exact_host_is_expected_on_a_host_with_more_orders_and_not_the_other_way()
    {
        Assert.Equal(0, Fuzz("--host", "deferred", "--notify", "outside-bql").Exit);
        Replace("\"host\": \"bql\"", "\"host\": \"deferred\"");
        Assert.Equal("known on unpinned@deferred, not expected on unpinned", (string?)Fuzz("--json").Json["findings"]![0]!["note"]);
    }

    [Fact]
    public void A_record_that_cannot_be_read_makes_nothing_known_and_stays()
    {
        folder.Write($"findings/{key}/finding.json", "{");
        var run = Fuzz("--json");
        Assert.Equal((1, "new"), (run.Exit, Status(run)));
        Assert.Equal("its finding.json cannot be read", (string?)run.Json["findings"]![0]!["note"]);
        Assert.Equal("{", File.ReadAllText(folder[$"findings/{key}/finding.json"]));
        Assert.True(File.Exists(folder[$"findings/{key}/raw/unpinned/campaign.bin"]));
    }

    [Fact]
    public void A_raw_finding_of_another_variant_stays_beside_the_first()
    {
        Directory.Delete(folder["findings"], recursive: true);
        Fuzz();
        Assert.Equal(1, Fuzz("--defect", "H40").Exit);
        Assert.Equal(["H40"], StoredFinding.Open(folder[$"findings/{key}/raw/unpinned+H40"]).Defects);
        Assert.Equal(2, (int)Triage("--json").Json["raw"]!);
        Assert.Equal((0, 0), (Fuzz().Exit, Fuzz("--defect", "H40").Exit));
        Assert.False(Directory.Exists(folder[$"findings/{key}/raw"]));
    }

    private static string? Status(Cli run) => (string?)Assert.Single(run.Json["findings"]!.AsArray())!["status"];

    private void Record(params (string Name, string[] Values)[] changes)
    {
        var path = folder[$"findings/{key}/finding.json"];
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (var (name, values) in changes) json[name] = new JsonArray([.. values.Select(v => (JsonNode)v)]);
        File.WriteAllText(path, json.ToJsonString(new() { WriteIndented = true }));
    }

    private void Replace(string before, string after)
    {
        var path = folder[$"findings/{key}/finding.json"];
        File.WriteAllText(path, File.ReadAllText(path).Replace(before, after, StringComparison.Ordinal));
    }

    private Cli Fuzz(params string[] options) => Cli.Run(["fuzz", "--config", folder["fuzz.yml"], "--executions", "1", .. options]);

    private Cli Triage(params string[] options) => Cli.Run(["triage", "--config", folder["fuzz.yml"], .. options]);
}
