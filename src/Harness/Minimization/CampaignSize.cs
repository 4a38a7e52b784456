using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>How simple a campaign is: what comes first weighs more than everything after it.</summary>
/// <remarks>A minimization only ever goes to a smaller size, so it ends.</remarks>
internal readonly record struct CampaignSize(int Operations, int Faults, int Deviations, int Unusual, long Sum) : IComparable<CampaignSize>
{
    /// <summary>The size of a campaign.</summary>
    public static CampaignSize Of(Campaign campaign)
    {
        var unusual = 0;
        var sum = 0L;
        foreach (var operation in campaign.Operations)
        {
            var info = OperationCatalogue.Of(operation.Opcode);
            Count(operation.Run);
            Count(operation.Slot);
            Count(operation.A - (info.A?.Min ?? 0));
            Count(operation.B - (info.B?.Min ?? 0));
        }
        foreach (var fault in campaign.Faults) sum += fault.Allocation + (int)fault.Kind;
        foreach (var deviation in campaign.Deviations) sum += deviation.Point + (16 * deviation.Choice);
        return new CampaignSize(campaign.Operations.Count, campaign.Faults.Count, campaign.Deviations.Count, unusual, sum);

        void Count(int value)
        {
            if (value == 0) return;
            unusual++;
            sum += value;
        }
    }

    /// <inheritdoc/>
    public int CompareTo(CampaignSize other)
    {
        var order = Operations.CompareTo(other.Operations);
        if (order == 0) order = Faults.CompareTo(other.Faults);
        if (order == 0) order = Deviations.CompareTo(other.Deviations);
        if (order == 0) order = Unusual.CompareTo(other.Unusual);
        return order == 0 ? Sum.CompareTo(other.Sum) : order;
    }
}
