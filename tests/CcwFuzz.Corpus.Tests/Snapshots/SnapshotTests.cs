using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Triage;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Snapshots;

/// <summary>Every finding and every reproducer does what was verified.</summary>
public sealed class SnapshotTests
{
    private static readonly string Findings = Repository.PathOf("findings");
    private static readonly string Regression = Repository.PathOf("corpus", "regression");

    public static TheoryData<string> Triaged() => [.. Stored().Select(f => f.Key)];

    public static TheoryData<string> Reproducers() =>
        [.. Directory.EnumerateFiles(Regression, "*.bin").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Triaged))]
    public Task A_finding_does_what_was_verified(string key)
    {
        var folder = Path.Combine(Findings, key);
        return SnapshotVerifier.Verify(folder, SnapshotReport.Of(folder, variant => TargetPool.Of(variant)));
    }

    [Theory]
    [MemberData(nameof(Triaged))]
    public void A_finding_has_its_files(string key)
    {
        var finding = StoredFinding.Open(Path.Combine(Findings, key));
        Assert.Equal(key, finding.Record!.Key);
        Assert.Contains(finding.Status, FindingStatus.All);
        foreach (var name in (string[])[FindingWriter.MermaidName, FindingWriter.SvgName, StoredFinding.TextName])
            Assert.True(File.Exists(Path.Combine(finding.Folder, name)), name);
        var text = CampaignParser.Parse(File.ReadAllText(Path.Combine(finding.Folder, StoredFinding.TextName)));
        Assert.Equal(File.ReadAllBytes(finding.BytesPath), text.Encode());
        Assert.NotEmpty(finding.Variants);
    }

    [Theory]
    [MemberData(nameof(Reproducers))]
    public void A_reproducer_violates_where_it_must_and_only_there(string key)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(Regression, key + ".json")))!.AsObject();
        var bytes = File.ReadAllBytes(Path.Combine(Regression, key + ".bin"));
        Assert.Equal(key, (string?)json["key"]);
        Assert.Equal(key, Run(json["violates"]!.AsObject(), bytes).Key);
        if (json["clean"] is JsonObject clean) Assert.Null(Run(clean, bytes).Key);
        var finding = Path.Combine(Findings, key);
        Assert.True(File.Exists(Path.Combine(finding, Snapshot.VerifiedName)), "a reproducer has a finding with a verified report");
        Assert.Equal(File.ReadAllBytes(Path.Combine(finding, StoredFinding.BytesName)), bytes);
    }

    [Fact]
    public void The_table_has_all_findings() =>
        Assert.Equal(
            FindingIndex.Write([.. Stored()], FindingIndex.Judged(Findings)), File.ReadAllText(Path.Combine(Findings, FindingIndex.Name)));

    [Fact]
    public void The_table_has_the_findings_of_real_guests()
    {
        var table = File.ReadAllText(Path.Combine(Findings, FindingIndex.Name));
        var judged = FindingIndex.Judged(Findings);
        Assert.NotEmpty(judged);
        Assert.All(judged, f => Assert.Contains($"| [{f.Key}](linux/{f.Key}/report.txt) |", table, StringComparison.Ordinal));
    }

    [Fact]
    public void A_report_has_nothing_of_the_machine()
    {
        foreach (var finding in Stored())
        {
            foreach (var path in Directory.EnumerateFiles(finding.Folder).Where(p => !p.EndsWith(".bin", StringComparison.Ordinal)))
            {
                var text = File.ReadAllText(path);
                Assert.DoesNotContain(Repository.Root, text, StringComparison.Ordinal);
                Assert.DoesNotMatch($@"\b{Regex.Escape(Environment.MachineName)}\b", text);
            }
        }
    }

    private static IEnumerable<StoredFinding> Stored() =>
        StoredFinding.Keys(Findings).Select(k => StoredFinding.Open(Path.Combine(Findings, k))).Where(f => f.IsTriaged);

    private static Verdict Run(JsonObject on, byte[] bytes)
    {
        string[] Names(string list) => [.. on[list]!.AsArray().Select(n => (string)n!)];
        var variant = VariantCatalogue.Resolve((string)on["variant"]!, (string)on["host"]!, Names("defects"), Names("remedies"));
        return TargetPool.Of(variant).Run(bytes);
    }
}
