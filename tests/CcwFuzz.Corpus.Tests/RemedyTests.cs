using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>Each remedy is needed: without it, and only without it, its scenario shows a finding.</summary>
public sealed class RemedyTests
{
    private const string Shows = "# shows ";
    private const string HostIs = "# host ";

    public static TheoryData<string> Ids() => [.. Remedies.All.Select(remedy => remedy.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_scenario_is_clean_with_the_remedy_and_shows_its_finding_without(string id)
    {
        var lines = File.ReadAllLines(Repository.PathOf("corpus", "remedies", id + ".txt"));
        var bytes = File.ReadAllBytes(Repository.PathOf("corpus", "remedies", id + ".bin"));
        Assert.Equal(CampaignParser.Parse(string.Join('\n', lines)).Encode(), bytes);
        var host = Said(lines, HostIs) ?? VariantCatalogue.DefaultHost;
        var with = TargetPool.Of(VariantCatalogue.Resolve("hardened", host)).Run(bytes);
        Assert.True(with.IsClean, with.Title);
        Assert.Equal(Said(lines, Shows), TargetPool.Of(VariantCatalogue.Resolve("hardened-" + id, host)).Run(bytes).Key);
    }

    [Fact]
    public void Hardened_without_a_remedy_has_all_others()
    {
        var variant = VariantCatalogue.Resolve("HARDENED-r02-r21");
        Assert.Equal("hardened-R02-R21", variant.ToString());
        Assert.True(variant.IsHardened);
        Assert.Equal(Remedies.All.Where(r => r != Remedies.EndLostIo && r != Remedies.TellBroken).Select(r => r.Id), variant.RemedyIds);
        Assert.Equal("hardened-R02-R21", VariantCatalogue.Like(variant, host: "deferred").ToString());
        Assert.Empty(VariantCatalogue.Like(variant, variant: "mainline").RemedyIds);
        Assert.Contains("unknown remedy 'R99'", Assert.Throws<VariantException>(() =>
            VariantCatalogue.Resolve("hardened-R99")).Message, StringComparison.Ordinal);
    }

    private static string? Said(string[] lines, string what) =>
        lines.FirstOrDefault(l => l.StartsWith(what, StringComparison.Ordinal))?[what.Length..];
}
