using System.Runtime.InteropServices;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests;

public sealed class CorpusTests
{
    /// <summary>Two targets of each variant: what one kept of an execution would show as a difference from the other.</summary>
    private static readonly (FuzzTarget One, FuzzTarget Other)[] Targets =
        [.. ((string[])["mainline", "unpinned", "pre-dma", "driver-pin"]).Select(name => VariantCatalogue.Resolve(name))
            .Select(variant => (new FuzzTarget(variant), new FuzzTarget(variant)))];

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
    public void There_are_seeds() => Assert.True(Files().Count >= 15);

    [Theory]
    [MemberData(nameof(Files))]
    public void Text_and_bytes_are_the_same_campaign(string file)
    {
        var text = CampaignParser.Parse(File.ReadAllText(Repository.PathOf(file)));
        var bytes = File.ReadAllBytes(Path.ChangeExtension(Repository.PathOf(file), ".bin"));
        Assert.Equal(text, Campaign.Decode(bytes));
        Assert.Equal(bytes, text.Encode());
    }

    /// <summary>One target played another file before, traced; the other has just played this one, without a trace.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void It_replays_to_the_same_trace_every_time_and_tracing_changes_nothing(string file)
    {
        var bytes = CampaignParser.Parse(File.ReadAllText(Repository.PathOf(file))).Encode();
        foreach (var (one, other) in Targets)
        {
            var (first, trace) = PlayTraced(one, bytes);
            Assert.NotEqual(0, trace.Lines);
            Assert.Equal(Said(first), Said(other.Run(bytes)));
            var (second, again) = PlayTraced(other, bytes);
            Assert.Equal(trace, again);
            Assert.Equal(Said(first), Said(second));
        }
    }

    private static (int, int, string) Said(Verdict verdict) =>
        (verdict.Steps, verdict.Decisions, verdict.Violation?.ToString() ?? "clean");

    /// <summary>Plays with the trace on; of the trace there is a hash, because it may have a million lines.</summary>
    private static (Verdict Verdict, (int Lines, int Hash) Trace) PlayTraced(FuzzTarget target, byte[] bytes)
    {
        target.World.Trace.On = true;
        var verdict = target.Run(bytes);
        target.World.Trace.On = false;
        var hash = new HashCode();
        foreach (var line in target.World.Trace.Lines)
        {
            hash.Add(line.Step);
            hash.Add(line.Kind);
            hash.AddBytes(MemoryMarshal.AsBytes(line.Context.AsSpan()));
            hash.AddBytes(MemoryMarshal.AsBytes(line.Text.AsSpan()));
        }
        var trace = (target.World.Trace.Lines.Count, hash.ToHashCode());
        target.World.Reset(); // a long trace is not kept until the next execution
        return (verdict, trace);
    }
}
