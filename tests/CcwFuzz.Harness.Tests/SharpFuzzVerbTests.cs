using CcwFuzz.Harness.Commands;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>The bridge to SharpFuzz, with the package and without.</summary>
public sealed class SharpFuzzVerbTests
{
    [Fact]
    public void Without_package_or_fuzzer_it_says_in_one_line_what_to_do() =>
        Cli.Run("sharpfuzz").IsMistake(SharpFuzzVerb.IsBuiltIn ? "started by afl-fuzz" : "-p:UseSharpFuzz=true");

    [Theory]
    [InlineData("unpinned", true)]
    [InlineData("mainline", false)]
    public void A_violation_is_thrown(string variant, bool isThrown)
    {
        var target = ToyStack.NewTarget(VariantCatalogue.Resolve(variant, VariantCatalogue.DefaultHost, [], []));
        var input = CampaignParser.Parse(Cli.SeedScenario).Encode();
        var thrown = Record.Exception(() => SharpFuzzVerb.RunOne(target, input));
        if (isThrown) Assert.Contains("pool-", Assert.IsType<SharpFuzzVerb.FoundException>(thrown).Message, StringComparison.Ordinal);
        else Assert.Null(thrown);
    }
}
