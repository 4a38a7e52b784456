using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What a target shows for a campaign with its own schedule or one of those around it.</summary>
/// <remarks>
/// A finding that another variant has too is no news of a switch. A switch moves scheduling points, hence schedules around the
/// campaign's own are tried. And it can bring about what the host answers anyway where another device has a lower subchannel, hence the
/// campaign is also tried with one.
/// </remarks>
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
        if (!Comes(campaign, key) && !(WithAnother(campaign) is { } two && Comes(two, key))) return false;
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

    /// <summary>The campaign with one more device, which is plugged first; null if there is no room.</summary>
    private static Campaign? WithAnother(Campaign campaign)
    {
        if (campaign.Operations.Count == Campaign.MaxOperations || campaign.Records == Campaign.MaxRecords) return null;
        for (var slot = Operation.Slots - 1; slot >= 0; slot--)
        {
            if (campaign.Operations.Any(o => OperationCatalogue.Of(o.Opcode).HasSlot && o.Slot == slot)) continue;
            return new Campaign(
                [new Operation(Opcode.Plug, (byte)slot), .. campaign.Operations],
                [.. campaign.Faults.Select(f => f with { Operation = f.Operation + 1 })],
                [.. campaign.Deviations.Select(d => d with { Operation = d.Operation + 1 })]);
        }
        return null;
    }
}
