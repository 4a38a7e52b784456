using System.Text.RegularExpressions;
using CcwFuzz.Target;
using CcwFuzz.Target.Checks;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>Every invariant has its place, the places exist, and docs/invariants.md says the same.</summary>
public sealed class InvariantCatalogueTests
{
    private const int Count = 55;

    [Fact]
    public void Every_number_has_one_entry() => Assert.Equal(Enumerable.Range(1, Count), InvariantCatalogue.All.Select(i => i.Number));

    [Fact]
    public void Every_place_exists()
    {
        var types = typeof(FuzzTarget).Assembly.GetTypes().Select(t => t.Name.Split('`')[0]).ToHashSet();
        var named = InvariantCatalogue.All.SelectMany(i => i.CheckedBy.Split(", ", StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.True(named.Count >= Count);
        Assert.Equal([], named.Except(types));
    }

    [Fact]
    public void What_is_looked_at_nowhere_has_a_reason() => Assert.All(
        InvariantCatalogue.All.Where(i => i.Moment == InvariantMoment.None), i => Assert.NotEmpty(i.Remark));

    [Fact]
    public void A_check_and_its_numbers_agree()
    {
        foreach (var file in Repository.Sources("src", "Target", "Checks"))
        {
            var summary = Regex.Match(File.ReadAllText(file), @"<summary>((?:I\d+(?:, )?)+):");
            if (!summary.Success) continue;
            var numbers = Regex.Matches(summary.Groups[1].Value, @"\d+").Select(m => m.Value);
            var entries = InvariantCatalogue.All.Where(i => i.CheckedBy.Split(", ").Contains(Path.GetFileNameWithoutExtension(file)));
            Assert.Equal(numbers, entries.Select(i => $"{i.Number}"));
        }
    }

    [Fact]
    public void The_document_is_the_catalogue()
    {
        var document = File.ReadAllText(Repository.PathOf("docs", "invariants.md"));
        Assert.EndsWith(InvariantCatalogue.Table(), document, StringComparison.Ordinal);
    }
}
