using System.Text.Json;
using System.Text.RegularExpressions;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>docs/mainline.md judges each finding that is open on mainline, and none that is not filed.</summary>
public sealed class MainlineTests
{
    [Fact]
    public void Every_open_finding_is_judged() => Assert.Equal([], Open().Except(Headings()));

    [Fact]
    public void Every_key_that_is_named_is_filed()
    {
        var named = Links().ToList();
        Assert.NotEmpty(named);
        Assert.Equal([], named.Except(Filed().Select(f => f.Key)));
    }

    [Fact]
    public void No_finding_is_judged_twice() => Assert.Equal(Headings().Distinct().Order(), Headings().Order());

    [Fact]
    public void Every_finding_has_one_verdict()
    {
        var rows = Rows().ToList();
        Assert.NotEmpty(rows);
        Assert.All(rows, r => Assert.Matches(@"^\| \[[^\]]+\]\([^)]+\) \| (real|conditional) \| ", r));
    }

    private static IEnumerable<string> Rows() => Lines().Where(l => l.StartsWith("| [", StringComparison.Ordinal));

    private static IEnumerable<string> Headings() => Rows().SelectMany(r => Keys(r).Take(1));

    private static IEnumerable<string> Links() => Lines().SelectMany(Keys);

    private static IEnumerable<string> Keys(string line) =>
        Regex.Matches(line, @"\]\(\.\./findings/([^/)]+)/report\.verified\.txt\)").Select(m => m.Groups[1].Value);

    private static string[] Lines() => File.ReadAllLines(Repository.PathOf("docs", "mainline.md"));

    private static IEnumerable<string> Open() => Filed()
        .Where(f => f.Value.GetProperty("status").GetString() == "open"
            && f.Value.GetProperty("variants").EnumerateArray().Any(v => v.GetString() == "mainline"))
        .Select(f => f.Key);

    /// <summary>What triage has filed; a run of 'fuzz' leaves raw findings beside them, without a verified report.</summary>
    private static IEnumerable<KeyValuePair<string, JsonElement>> Filed() => Directory
        .EnumerateFiles(Repository.PathOf("findings"), "report.verified.txt", SearchOption.AllDirectories)
        .Select(f => Path.GetDirectoryName(f)!)
        .Select(f => KeyValuePair.Create(Path.GetFileName(f), Read(Path.Combine(f, "finding.json"))));

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;
}
