using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Finds out what a finding needs, by replaying it under one restriction after the other.</summary>
/// <param name="newTarget">Builds what is run for a variant and a number of virtual CPUs; the device stack if null.</param>
internal sealed class NeedsAnalysis(Func<Variant, int, FuzzTarget>? newTarget = null)
{
    private readonly Func<Variant, int, FuzzTarget> newTarget = newTarget ?? ((variant, cpus) => new FuzzTarget(variant, cpus));

    /// <summary>What a minimized campaign needs to show its key on a variant.</summary>
    public Needs Analyze(Campaign minimized, string key, Variant variant)
    {
        var target = newTarget(variant, 1);
        return new Needs { TwoCpus = target.Run(minimized).Key != key };
    }
}
