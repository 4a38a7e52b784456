using System.Reflection;
using System.Text.RegularExpressions;
using CcwFuzz.Target;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.House.Tests;

/// <summary>docs/facts.md names what models each fact: the names exist, and no fact is missing.</summary>
public sealed class FactsTests
{
    private const BindingFlags Any =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    /// <summary>The numbered steps: letter and how many there are.</summary>
    private static readonly (string Prefix, int Count)[] Steps =
    [
        ("S", 6), ("P", 4), ("R", 9), ("V", 2), ("O", 7), ("N", 5), ("row ", 15), ("D", 10), ("F", 8), ("X", 6), ("M", 4), ("K", 6),
        ("H", 13), ("handler ", 9),
    ];

    private static readonly string[] States =
    [
        "NOT_OPER", "SENSE_ID", "OFFLINE", "VERIFY", "ONLINE", "W4SENSE", "BOXED", "TIMEOUT_KILL", "QUIESCE", "DISCONNECTED",
        "DISCONNECTED_SENSE_ID",
    ];

    private static readonly string[] Instructions = ["SSCH", "RSCH", "HSCH", "CSCH", "XSCH", "MSCH", "STSCH", "TSCH", "STCRW"];

    [Fact]
    public void Every_method_exists()
    {
        var methods = typeof(FuzzTarget).Assembly.GetTypes()
            .SelectMany(t => t.GetMethods(Any).Select(m => $"{NameOf(t)}.{m.Name}"))
            .ToHashSet();
        var named = Rows().SelectMany(r => Regex.Matches(r.Model, "`([^`]+)`").Select(m => m.Groups[1].Value)).ToList();
        Assert.True(named.Count > 100);
        Assert.Equal([], named.Except(methods));
    }

    [Fact]
    public void Every_row_names_a_method() => Assert.All(Rows(), r => Assert.Contains("`", r.Model, StringComparison.Ordinal));

    [Fact]
    public void No_fact_is_missing()
    {
        var facts = Rows().Select(r => r.Fact).ToHashSet();
        var steps = Steps.SelectMany(s => Enumerable.Range(1, s.Count).Select(n => $"{s.Prefix}{n}"));
        Assert.Equal([], steps.Concat(States).Concat(Instructions).Except(facts));
    }

    private static string NameOf(Type type) => type.Name.Split('`')[0];

    private static IEnumerable<(string Fact, string Model)> Rows() =>
        File.ReadAllLines(Path.Combine(Repository.Root, "docs", "facts.md"))
            .Where(l => l.StartsWith("| ", StringComparison.Ordinal) && !l.StartsWith("| fact", StringComparison.Ordinal))
            .Select(l => l.Split(" | ", 3))
            .Select(c => (c[0][2..], c[2]));
}
