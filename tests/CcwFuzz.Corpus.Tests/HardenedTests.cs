using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

/// <summary>Campaigns on which hardened once was not silent, because the model, a check or a remedy was wrong.</summary>
public sealed class HardenedTests
{
    private const string HostIs = "# host ";

    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("corpus", "hardened"), "*.txt").Order(StringComparer.Ordinal))
            data.Add(Path.GetFileNameWithoutExtension(file));
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Hardened_is_silent(string name)
    {
        var lines = File.ReadAllLines(Repository.PathOf("corpus", "hardened", name + ".txt"));
        var said = lines.FirstOrDefault(l => l.StartsWith(HostIs, StringComparison.Ordinal))?[HostIs.Length..];
        var host = said ?? VariantCatalogue.DefaultHost;
        var verdict = TargetPool.Of(VariantCatalogue.Resolve("hardened", host)).Run(CampaignParser.Parse(string.Join('\n', lines)));
        Assert.True(verdict.IsClean, verdict.Title);
    }

    [Fact]
    public void A_spoiled_subchannel_is_never_given_to_Linux()
    {
        Assert.False(HasDevice("cio-ignore 0\nplug 0\nraw 0 how=no-path\ncio-ignore 0 do=free\ncio-ignore 0 do=free\n"));
        Assert.True(HasDevice("cio-ignore 0\nplug 0\nraw 0 how=misaligned\ncio-ignore 0 do=free\n"));
    }

    private static bool HasDevice(string text)
    {
        var target = TargetPool.Traced(VariantCatalogue.Resolve("hardened"));
        target.Run(CampaignParser.Parse(text));
        return target.World.Trace.Lines.Any(line => line.Text.Contains("device 0.0.1234 added", StringComparison.Ordinal));
    }
}
