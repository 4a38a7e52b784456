using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Puts one deviation in place of two neighbours, or leaves out one and moves those after it.</summary>
/// <remarks>
/// Two contexts that are passed over one after the other can be passed over at once; and what is left out takes decisions with
/// it, or brings new ones, which moves everything after it.
/// </remarks>
internal sealed class MergeDeviations : IPass
{
    private const int MostChoice = 4;
    private const int MostDeviations = 12;
    private static readonly int[] Shifts = [-1, 1, -2, 2, -3, 3];

    /// <inheritdoc/>
    public string Name => "merge-deviations";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        while (reduction.Current.Deviations.Count is > 0 and <= MostDeviations && Candidates(reduction.Current).Any(reduction.TrySearched))
        {
        }
    }

    private static IEnumerable<Campaign> Candidates(Campaign campaign)
    {
        for (var i = campaign.Deviations.Count - 1; i >= 0; i--)
        {
            foreach (var shift in Shifts)
                if (Shifted(campaign, i, shift) is { } shifted) yield return shifted;
            if (i == 0 || campaign.Deviations[i].Operation != campaign.Deviations[i - 1].Operation) continue;
            var rest = Edit.WithoutDeviations(campaign, i, 1);
            foreach (var point in Points(campaign.Deviations[i - 1].Point, campaign.Deviations[i].Point))
                for (var choice = 1; choice <= MostChoice; choice++)
                    yield return Edit.With(rest, i - 1, rest.Deviations[i - 1] with { Point = point, Choice = choice });
        }
    }

    private static IEnumerable<int> Points(int from, int to) => from + 1 < to ? [from, from + ((to - from) / 2), to] : [from, to];

    /// <summary>Without a deviation; those after it belong to other decisions of their operation.</summary>
    private static Campaign? Shifted(Campaign campaign, int index, int shift)
    {
        var gone = campaign.Deviations[index];
        var moved = false;
        var deviations = new List<Deviation>();
        foreach (var deviation in campaign.Deviations)
        {
            if (deviation == gone) continue;
            var isAfter = deviation.Operation == gone.Operation && deviation.Point > gone.Point;
            if (isAfter && deviation.Point + shift < 0) return null;
            deviations.Add(isAfter ? deviation with { Point = deviation.Point + shift } : deviation);
            moved |= isAfter;
        }
        return moved ? new Campaign(campaign.Operations, campaign.Faults, deviations) : null;
    }
}
