using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What a target shows for a campaign with its own schedule or one of those around it.</summary>
/// <remarks>A finding that another variant has too is no news of a switch, and a switch moves scheduling points.</remarks>
/// <param name="target">The variant that is asked.</param>
/// <param name="seed">Seed of the schedules.</param>
internal sealed class Neighbourhood(FuzzTarget target, ulong seed)
{
    private const int Schedules = 256;
    private readonly WalkExploration around = new(target);

    /// <summary>Whether a campaign is clean with its own schedule.</summary>
    public bool IsClean(Campaign campaign) => target.Run(campaign).IsClean;

    /// <summary>Whether a campaign comes to a finding with its own schedule or one of those around it.</summary>
    public bool Shows(Campaign campaign, string key)
    {
        if (target.Run(campaign).Key == key) return true;
        var random = new SplitMix(seed);
        for (var i = 0; i < Schedules; i++)
            if (around.Choose(campaign, 0, ref random) is { } strategy && target.Run(campaign, strategy).Key == key) return true;
        return false;
    }
}
