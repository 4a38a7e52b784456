using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>A part of a campaign that did nothing in an execution.</summary>
/// <param name="Kind">Whether it is an operation, a deviation or a fault.</param>
/// <param name="Number">Its number among its like in the campaign, from 0.</param>
/// <param name="Operation">Number of the operation that it is, or belongs to.</param>
/// <param name="Text">Its line in the text form.</param>
/// <param name="Why">Why it did nothing.</param>
public readonly record struct WithoutEffect(RecordKind Kind, int Number, int Operation, string Text, string Why)
{
    private const string NotReached = "the execution ended before";

    /// <summary>What did nothing, in the order of the campaign's text.</summary>
    /// <param name="campaign">The campaign that was run.</param>
    /// <param name="last">Number of the operation that was started last.</param>
    /// <param name="taken">The departures from the default schedule that were taken.</param>
    /// <param name="effects">What was said during the execution.</param>
    internal static IReadOnlyList<WithoutEffect> Of(Campaign campaign, int last, IReadOnlyList<Deviation> taken, EffectLog effects)
    {
        var all = new List<WithoutEffect>();
        for (var i = 0; i < campaign.Operations.Count; i++)
        {
            if ((i > last ? NotReached : effects.WhyIdle(i)) is { } why)
                all.Add(new(RecordKind.Operation, i, i, CampaignText.Write(campaign.Operations[i]), why));
            AddFaults(campaign, i, last, effects, all);
            AddDeviations(campaign, i, last, taken, all);
        }
        return all;
    }

    private static void AddFaults(Campaign campaign, int operation, int last, EffectLog effects, List<WithoutEffect> all)
    {
        for (var i = 0; i < campaign.Faults.Count; i++)
        {
            if (campaign.Faults[i].Operation != operation || effects.HasHappened(i)) continue;
            var why = operation > last ? NotReached : "that many allocations of this kind never came";
            all.Add(new(RecordKind.Fault, i, operation, CampaignText.Write(campaign.Faults[i]), why));
        }
    }

    private static void AddDeviations(
        Campaign campaign, int operation, int last, IReadOnlyList<Deviation> taken, List<WithoutEffect> all)
    {
        for (var i = 0; i < campaign.Deviations.Count; i++)
        {
            var deviation = campaign.Deviations[i];
            if (deviation.Operation != operation) continue;
            var isLast = !campaign.Deviations.Skip(i + 1).Any(d => d.Operation == operation && d.Point == deviation.Point);
            if (isLast && taken.Any(t => t.Operation == operation && t.Point == deviation.Point)) continue;
            var why = operation > last ? NotReached
                : isLast ? "the schedule has no such point, or nothing else could run there"
                : "another one for the same point follows";
            all.Add(new(RecordKind.Deviation, i, operation, CampaignText.Write(deviation), why));
        }
    }
}
