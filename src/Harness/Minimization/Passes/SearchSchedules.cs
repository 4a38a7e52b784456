using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Looks for another schedule with fewer deviations: other overlaps, a few deviations at random places, or both.</summary>
/// <remarks>
/// What ddmin leaves is a smallest part of the schedule that was found, not a smallest schedule: one delay elsewhere often does
/// what many did. The random numbers are the same every time.
/// </remarks>
internal sealed class SearchSchedules : IPass
{
    private const int Tries = 40;

    /// <inheritdoc/>
    public string Name => "search-schedules";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        while (reduction.Current.Deviations.Count > 0 && Round(reduction))
        {
        }
    }

    private static bool Round(Reduction reduction)
    {
        var random = new SplitMix((ulong)reduction.Current.Deviations.Count);
        var few = new FewDeviations(reduction.Replay);
        for (var i = 0; i < Tries && reduction.MaySearch; i++)
        {
            var most = reduction.Current.Deviations.Count - 1;
            var kept = SomeOf(reduction.Current, most > 0 ? random.Below(most) : 0, ref random);
            var candidate = random.Below(2) == 0 ? kept : WithOverlap(kept, ref random);
            var added = Math.Min(most - kept.Deviations.Count, 1 + random.Below(3));
            few.Set(random.Below(4) == 0 ? 0 : added, reduction.Decisions, random.Next());
            if (reduction.TryExplore(candidate, few)) return true;
        }
        return false;
    }

    /// <summary>With the first deviations only, or without any.</summary>
    private static Campaign SomeOf(Campaign campaign, int count, ref SplitMix random)
    {
        if (random.Below(2) == 0) count = 0;
        return Edit.WithoutDeviations(campaign, count, campaign.Deviations.Count - count);
    }

    private static Campaign WithOverlap(Campaign campaign, ref SplitMix random)
    {
        var index = random.Below(campaign.Operations.Count);
        return Edit.With(campaign, index, campaign.Operations[index] with { Run = ScheduleSearch.AnyRun(ref random) });
    }
}
