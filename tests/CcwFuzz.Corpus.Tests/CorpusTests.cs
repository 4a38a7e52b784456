using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

public sealed class CorpusTests
{
    private static readonly string[] Variants = ["mainline", "unpinned", "pre-dma", "driver-pin"];

    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        foreach (var folder in new[] { "seeds", "regression", "defects" })
        {
            var path = Repository.PathOf("corpus", folder);
            if (!Directory.Exists(path)) continue;
            foreach (var file in Directory.EnumerateFiles(path, "*.txt").Order(StringComparer.Ordinal))
                data.Add(Path.GetRelativePath(Repository.Root, file));
        }
        return data;
    }

    [Fact]
    public void ThereAreSeeds() => Assert.True(Files().Count >= 15);

    [Theory]
    [MemberData(nameof(Files))]
    public void TextAndBytesAreTheSameCampaign(string file)
    {
        var text = CampaignParser.Parse(File.ReadAllText(Repository.PathOf(file)));
        var bytes = File.ReadAllBytes(Path.ChangeExtension(Repository.PathOf(file), ".bin"));
        Assert.Equal(text, Campaign.Decode(bytes));
        Assert.Equal(bytes, text.Encode());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ItReplaysToTheSameTraceEveryTime(string file)
    {
        var bytes = CampaignParser.Parse(File.ReadAllText(Repository.PathOf(file))).Encode();
        foreach (var variant in Variants)
        {
            var target = new FuzzTarget(VariantCatalogue.Resolve(variant));
            var first = TraceOf(target, bytes);
            Assert.Equal(first, TraceOf(target, bytes));
            Assert.Equal(first, TraceOf(new FuzzTarget(VariantCatalogue.Resolve(variant)), bytes));
            Assert.NotEmpty(first);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void TracingChangesNothing(string file)
    {
        var bytes = CampaignParser.Parse(File.ReadAllText(Repository.PathOf(file))).Encode();
        var target = new FuzzTarget(VariantCatalogue.Default);
        var silent = target.Run(bytes);
        target.World.Trace.On = true;
        var traced = target.Run(bytes);
        Assert.Equal((silent.Steps, silent.Decisions), (traced.Steps, traced.Decisions));
        Assert.Equal(silent.Violation?.Message, traced.Violation?.Message);
    }

    private static string TraceOf(FuzzTarget target, byte[] bytes)
    {
        target.World.Trace.On = true;
        var verdict = target.Run(bytes);
        var lines = target.World.Trace.Lines.Select((TraceLine l) => $"{l.Step} {l.Kind} {l.Context} {l.Text}");
        return string.Join('\n', lines.Append(verdict.Violation?.ToString() ?? "clean"));
    }
}
