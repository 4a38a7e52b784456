using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Replays a campaign again and again: in the model it shows its key each time.</summary>
internal static class ReliabilityCheck
{
    /// <summary>Replays that are usual.</summary>
    public const int UsualRuns = 100;

    /// <summary>Replays a campaign.</summary>
    public static Reliability Measure(FuzzTarget target, Campaign campaign, string key, int runs = UsualRuns)
    {
        ArgumentNullException.ThrowIfNull(target);
        var bytes = campaign.Encode();
        var hits = 0;
        for (var i = 0; i < runs; i++)
            if (target.Run(bytes).Key == key) hits++;
        return new Reliability(hits, runs);
    }
}
