using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Finds out what a finding needs, by playing it under one restriction after the other.</summary>
/// <remarks>
/// A restriction shifts the schedule, so the campaign is also played with a number of others: what is reported as needed was
/// not to be done without in any of them.
/// </remarks>
/// <param name="newTarget">Builds what is run for a variant and a number of virtual CPUs; the device stack if null.</param>
internal sealed class NeedsAnalysis(Func<Variant, int, FuzzTarget>? newTarget = null)
{
    private const int Tries = 150;
    private readonly Func<Variant, int, FuzzTarget> newTarget = newTarget ?? ((variant, cpus) => new FuzzTarget(variant, cpus));

    /// <summary>What a minimized campaign needs to show its key on a variant.</summary>
    public Needs Analyze(Campaign minimized, string key, Variant variant)
    {
        ArgumentNullException.ThrowIfNull(minimized);
        ArgumentNullException.ThrowIfNull(variant);
        var search = new ScheduleSearch(newTarget(variant, FuzzTarget.UsualCpus));
        var operations = minimized.Operations;
        return new Needs
        {
            TwoCpus = !new ScheduleSearch(newTarget(variant, 1)).Shows(minimized, key, Tries),
            MemoryPressure = minimized.Faults.Count > 0
                && !search.Shows(new Campaign(operations, deviations: minimized.Deviations), key, Tries),
            SecondDevice = operations.Any(o => o.Slot != operations[0].Slot) && !search.Shows(OnOneDevice(minimized), key, Tries),
            TimePassing = operations.Any(IsWait) && !search.Shows(WithoutWaiting(minimized), key, Tries),
            Schedule = minimized.Deviations.Count > 0
                && !search.Shows(new Campaign(operations, minimized.Faults), key, Tries, decisions: false),
            Overlap = operations.Any(o => !o.WaitsUntilQuiet) && !ShowsOneByOne(search, minimized, key),
            DeferredHost = variant.Host == HostModel.Deferred && !ShowsOnBql(minimized, key, variant),
        };
    }

    private static bool IsWait(Operation operation) => operation.Opcode == Opcode.Wait;

    private static Campaign OnOneDevice(Campaign campaign) =>
        new([.. campaign.Operations.Select(o => o with { Slot = 0 })], campaign.Faults, campaign.Deviations);

    private static Campaign WithoutWaiting(Campaign campaign) => new Draft(campaign).Keep(o => !IsWait(o)).Assemble()!;

    /// <summary>One operation after the other, so that no overlap is left to vary; only decisions are.</summary>
    private static bool ShowsOneByOne(ScheduleSearch search, Campaign campaign, string key) => search.ShowsWithoutOverlap(
        new Campaign([.. campaign.Operations.Select(o => o with { Run = 0 })], campaign.Faults, campaign.Deviations), key, Tries);

    private bool ShowsOnBql(Campaign campaign, string key, Variant variant)
    {
        var bql = VariantCatalogue.Like(variant, host: VariantCatalogue.DefaultHost);
        return new ScheduleSearch(newTarget(bql, FuzzTarget.UsualCpus)).Shows(campaign, key, Tries);
    }
}
