using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What a target shows for a campaign with its own schedule or one of those around it.</summary>
/// <remarks>A finding that another variant has too is no news of a switch, and a switch moves scheduling points.</remarks>
/// <param name="target">The variant that is asked.</param>
/// <param name="seed">Seed of the schedules.</param>
internal sealed class Neighbourhood(FuzzTarget target, ulong seed)
{
    private const int Schedules = 256;

    // Where the other variant is known to come to the same finding, though by other campaigns.
    private const int SchedulesOfCommon = 1024;

    private readonly HashSet<string> common = new(StringComparer.Ordinal);

    /// <summary>Whether a campaign is clean with its own schedule.</summary>
    public bool IsClean(Campaign campaign) => target.Run(campaign).IsClean;

    /// <summary>Whether a campaign comes to a finding with its own schedule or one of those around it.</summary>
    public bool Shows(Campaign campaign, string key)
    {
        if (!Comes(campaign, key)) return false;
        common.Add(key);
        return true;
    }

    private bool Comes(Campaign campaign, string key)
    {
        var own = target.Run(campaign);
        if (own.Key == key) return true;
        var random = new SplitMix(seed);
        var around = new SchedulePortfolio(target);
        for (var left = common.Contains(key) ? SchedulesOfCommon : Schedules; left > 0; left--)
        {
            if (around.Choose(campaign, own.RecordableDecisions, ref random) is not { } strategy) continue;
            if (target.Run(campaign, strategy).Key == key) return true;
        }
        return false;
    }
}
