using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>Whether a campaign comes to a finding without the defect as well: then the finding is not the defect's.</summary>
/// <remarks>
/// A defect moves scheduling points, hence schedules around the campaign's own are tried. And it can bring about what the host answers
/// anyway where another device has a lower subchannel, hence the campaign is also tried with one.
/// </remarks>
/// <param name="target">What the defect was added to.</param>
/// <param name="seed">Where schedules come from.</param>
internal sealed class WithoutDefect(FuzzTarget target, ulong seed)
{
    private const int Schedules = 256;

    // Where other campaigns came to the finding without the defect.
    private const int SchedulesOfCommon = 1024;
    private readonly HashSet<string> common = new(StringComparer.Ordinal);

    /// <summary>Looks.</summary>
    public bool Shows(Campaign campaign, string key)
    {
        var schedules = common.Contains(key) ? SchedulesOfCommon : Schedules;
        if (!Shows(campaign, key, schedules) && !(WithAnother(campaign) is { } two && Shows(two, key, schedules))) return false;
        common.Add(key);
        return true;
    }

    private bool Shows(Campaign campaign, string key, int schedules)
    {
        var own = target.Run(campaign);
        if (own.Key == key) return true;
        var decisions = own.RecordableDecisions;
        var random = new SplitMix(seed);
        var around = new SchedulePortfolio(target);
        for (var i = 0; i < schedules; i++)
            if (around.Choose(campaign, decisions, ref random) is { } strategy && target.Run(campaign, strategy).Key == key) return true;
        return false;
    }

    /// <summary>The campaign with one more device, which is plugged first; null if there is no room.</summary>
    private static Campaign? WithAnother(Campaign campaign)
    {
        if (campaign.Operations.Count == Campaign.MaxOperations || campaign.Records == Campaign.MaxRecords) return null;
        for (var slot = Operation.Slots - 1; slot >= 0; slot--)
        {
            if (campaign.Operations.Any(o => OperationTable.Of(o.Opcode).HasSlot && o.Slot == slot)) continue;
            return new Campaign(
                [new Operation(Opcode.Plug, (byte)slot), .. campaign.Operations],
                [.. campaign.Faults.Select(f => f with { Operation = f.Operation + 1 })],
                [.. campaign.Deviations.Select(d => d with { Operation = d.Operation + 1 })]);
        }
        return null;
    }
}
