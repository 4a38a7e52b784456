using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>A campaign for a real guest: what overlaps does so for microseconds, or exactly up to a point of the kernel's course.</summary>
/// <param name="Campaign">The operations.</param>
/// <param name="Points">Where operations happen exactly.</param>
internal sealed record RealCampaign(Campaign Campaign, IReadOnlyList<ExactPoint> Points)
{
    /// <summary>A campaign without points.</summary>
    public RealCampaign(Campaign campaign)
        : this(campaign, [])
    {
    }

    /// <summary>How many operations it has.</summary>
    public int Length => Campaign.Operations.Count;

    /// <summary>Without some operations: later points move with theirs. The first operation happens at once.</summary>
    /// <param name="at">The first of them, from 0.</param>
    /// <param name="size">How many.</param>
    public RealCampaign Without(int at, int size)
    {
        var operations = Campaign.Operations.ToList();
        operations.RemoveRange(at, size);
        var kept = Points
            .Where(p => p.Operation <= at || p.Operation > at + size)
            .Select(p => p.Operation > at ? p with { Operation = p.Operation - size } : p);
        return new RealCampaign(new Campaign(operations), [.. kept.Where(p => p.Operation > 1)]);
    }

    /// <summary>With an operation that the next does not overlap.</summary>
    /// <param name="at">The operation, from 0.</param>
    public RealCampaign WithoutOverlap(int at)
    {
        var operations = Campaign.Operations.ToList();
        operations[at] = operations[at] with { Run = 0 };
        return this with { Campaign = new Campaign(operations) };
    }

    /// <summary>Whether the next operation overlaps one for some time.</summary>
    /// <param name="at">The operation, from 0.</param>
    public bool Overlaps(int at) => !Campaign.Operations[at].WaitsUntilQuiet && !Points.Any(p => p.Operation == at + 2);

    /// <summary>Without one point.</summary>
    public RealCampaign Without(ExactPoint point) => this with { Points = [.. Points.Where(p => p != point)] };

    /// <summary>Without points of operations that are not there or not the host's, and without times that points stand for.</summary>
    public RealCampaign Sound()
    {
        var points = Points
            .Where(p => p.Operation > 1 && p.Operation <= Length && RealOperations.IsOfHost(Campaign.Operations[p.Operation - 1]))
            .DistinctBy(p => p.Operation)
            .OrderBy(p => p.Operation)
            .ToList();
        var operations = Campaign.Operations.Select((o, i) => points.Any(p => p.Operation == i + 2) ? o with { Run = 0 } : o);
        return new RealCampaign(new Campaign([.. operations]), points);
    }
}
