using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops operations in blocks and one by one, with what is attached to them.</summary>
/// <remarks>
/// A single operation is also dropped in other ways, because schedules matter: its faults and deviations, its place in time,
/// or both go to the operation before it.
/// </remarks>
internal sealed class DropOperations : IPass
{
    /// <inheritdoc/>
    public string Name => "drop-operations";

    /// <inheritdoc/>
    public void Run(Reduction reduction) => Chunks.Remove(
        () => reduction.Current.Operations.Count,
        (start, length) => length == 1
            ? Ways(reduction.Current, start).Any(reduction.Try)
            : reduction.Try(new Draft(reduction.Current).Remove(start, length).Assemble()),
        whole: false);

    /// <summary>The ways to drop one operation.</summary>
    public static IEnumerable<Campaign?> Ways(Campaign campaign, int index)
    {
        if (campaign.Operations.Count == 1) yield break;
        yield return new Draft(campaign).Remove(index).Assemble();
        if (index == 0) yield break;
        yield return new Draft(campaign).Dissolve(index).Assemble();
        var (before, run) = (campaign.Operations[index - 1], campaign.Operations[index].Run);
        if (run == before.Run) yield break;
        yield return new Draft(campaign).Replace(index - 1, before with { Run = run }).Remove(index).Assemble();
        yield return new Draft(campaign).Replace(index - 1, before with { Run = run }).Dissolve(index).Assemble();
        if (run == 0 || before.Run == 0) yield break;
        var sum = (ushort)Math.Min(before.Run + run - 1, ushort.MaxValue);
        yield return new Draft(campaign).Replace(index - 1, before with { Run = sum }).Remove(index).Assemble();
    }
}
