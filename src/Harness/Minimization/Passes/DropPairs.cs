using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops two operations that are not neighbours: one that undoes the other, such as open and close.</summary>
internal sealed class DropPairs : IPass
{
    private const int MostOperations = 10;

    /// <inheritdoc/>
    public string Name => "drop-pairs";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        while (reduction.Current.Operations.Count is > 2 and <= MostOperations && Pairs(reduction.Current).Any(reduction.Try))
        {
        }
    }

    private static IEnumerable<Campaign?> Pairs(Campaign campaign)
    {
        for (var last = campaign.Operations.Count - 1; last > 0; last--)
            for (var first = last - 1; first >= 0; first--)
                yield return new Draft(campaign).Remove(last).Remove(first).Assemble();
    }
}
