using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Explanation;

/// <summary>Says from when on a violation came about whatever the schedule did.</summary>
internal static class InevitabilityText
{
    /// <summary>One sentence.</summary>
    public static string Of(Inevitability inevitability, Campaign campaign)
    {
        var tried = $"({inevitability.Tries} other schedules tried)";
        if (inevitability.Decision == 0) return $"It happens whatever the schedule is {tried}.";
        var rest = inevitability.Operation >= campaign.Operations.Count;
        var operation = inevitability.Operation < 0 ? "the boot"
            : rest ? "the time after the last operation"
            : $"operation {inevitability.Operation} ({CampaignText.Write(campaign.Operations[inevitability.Operation])})";
        return $"Inevitable from decision {inevitability.Point} of {operation} on, at step {inevitability.Step}: "
            + $"from there every schedule leads to it {tried}.";
    }
}
