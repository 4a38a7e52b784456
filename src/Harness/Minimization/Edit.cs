using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Small changes of a campaign; each gives a new one.</summary>
internal static class Edit
{
    /// <summary>Without some faults.</summary>
    public static Campaign WithoutFaults(Campaign campaign, int start, int length) =>
        new(campaign.Operations, Without(campaign.Faults, start, length), campaign.Deviations);

    /// <summary>Without some deviations.</summary>
    public static Campaign WithoutDeviations(Campaign campaign, int start, int length) =>
        new(campaign.Operations, campaign.Faults, Without(campaign.Deviations, start, length));

    /// <summary>With another operation in place of one.</summary>
    public static Campaign With(Campaign campaign, int index, Operation operation) =>
        new(Replaced(campaign.Operations, index, operation), campaign.Faults, campaign.Deviations);

    /// <summary>With another fault in place of one of the same operation.</summary>
    public static Campaign With(Campaign campaign, int index, Fault fault) =>
        new(campaign.Operations, Replaced(campaign.Faults, index, fault), campaign.Deviations);

    /// <summary>With another deviation in place of one of the same operation.</summary>
    public static Campaign With(Campaign campaign, int index, Deviation deviation) =>
        new(campaign.Operations, campaign.Faults, Replaced(campaign.Deviations, index, deviation));

    private static List<T> Without<T>(IReadOnlyList<T> list, int start, int length) =>
        [.. list.Take(start), .. list.Skip(start + length)];

    private static List<T> Replaced<T>(IReadOnlyList<T> list, int index, T element) =>
        [.. list.Take(index), element, .. list.Skip(index + 1)];
}
