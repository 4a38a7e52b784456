using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Corpus.Tests.Golden;

/// <summary>The model's sequence of instructions and commands equals the one recorded from a real Linux under QEMU.</summary>
public sealed class RecordedLifeTests
{
    [Theory]
    [InlineData("rng")]
    [InlineData("blk")]
    [InlineData("scsi")]
    [InlineData("net")]
    [InlineData("serial")]
    public void Every_phase_equals_the_recording(string device)
    {
        var recorded = RecordedSequence.FromSummary(File.ReadAllText(
            Repository.PathOf("tests", "CcwFuzz.Corpus.Tests", "Golden", $"{device}.summary.txt")));
        var campaign = CampaignParser.Parse(File.ReadAllText(Repository.PathOf("corpus", "seeds", $"life-{device}.txt")));
        var target = TargetPool.Traced();
        var verdict = target.Run(campaign);
        Assert.True(verdict.IsClean, verdict.Violation?.Message);
        var played = RecordedSequence.FromTrace(target.World.Trace.Lines);

        // The recording's phases: boot, then one phase an operation after the line BOOTED, then END.
        var difference = FirstDifference("boot", recorded[0], played[0]);
        for (var i = 0; difference is null && i < campaign.Operations.Count; i++)
            difference = FirstDifference($"operation {i} ({CampaignText.Write(campaign.Operations[i])})", recorded[i + 2], played[i + 1]);
        Assert.True(difference is null, difference);
        Assert.Equal(campaign.Operations.Count + 3, recorded.Count);
    }

    private static string? FirstDifference(string phase, List<string> recorded, List<string> played)
    {
        for (var i = 0; i < Math.Max(recorded.Count, played.Count); i++)
        {
            var expected = i < recorded.Count ? recorded[i] : "nothing";
            var actual = i < played.Count ? played[i] : "nothing";
            if (expected == actual) continue;
            var before = string.Join(' ', recorded.Take(i).TakeLast(5));
            return $"{phase}, item {i}, after '{before}': recorded {expected}, played {actual}";
        }
        return null;
    }
}
