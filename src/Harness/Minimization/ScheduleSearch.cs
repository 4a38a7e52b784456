using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Asks whether a campaign shows a key under any schedule, by trying some; always the same ones.</summary>
internal sealed class ScheduleSearch(FuzzTarget target)
{
    private const ulong Seed = 0x5EA2C4;
    private static readonly int[] Rates = [0, 4, 16, 64, 128];
    private readonly RandomWalk walk = new(RunToCompletion.Instance);

    /// <summary>Plays the campaign as it is, then with other overlaps, and with other decisions too if asked to.</summary>
    /// <param name="campaign">The campaign; it is not changed.</param>
    /// <param name="key">The key looked for.</param>
    /// <param name="tries">Schedules to try.</param>
    /// <param name="decisions">Whether to depart from the default schedule, or to change nothing but overlaps.</param>
    public bool Shows(Campaign campaign, string key, int tries, bool decisions = true) =>
        Shows(campaign, key, tries, overlaps: true, decisions);

    /// <summary>Plays the campaign as it is, then with other decisions; its operations overlap as they do.</summary>
    public bool ShowsWithoutOverlap(Campaign campaign, string key, int tries) =>
        Shows(campaign, key, tries, overlaps: false, decisions: true);

    /// <summary>The campaign with other runs for some of its operations.</summary>
    public static Campaign OtherOverlaps(Campaign campaign, ref SplitMix random)
    {
        var operations = new List<Operation>(campaign.Operations);
        for (var i = 0; i < operations.Count; i++)
            if (random.Below(2) == 0) operations[i] = operations[i] with { Run = AnyRun(ref random) };
        return new Campaign(operations, campaign.Faults);
    }

    /// <summary>A run: none, or a number of points whose magnitude is even.</summary>
    public static ushort AnyRun(ref SplitMix random) =>
        random.Below(4) == 0 ? (ushort)0 : (ushort)(1 + random.Below(1 << random.Below(9)));

    private bool Shows(Campaign campaign, string key, int tries, bool overlaps, bool decisions)
    {
        if (target.Run(campaign).Key == key) return true;
        var random = new SplitMix(Seed);
        for (var i = 0; i < tries; i++)
        {
            var varied = overlaps ? OtherOverlaps(campaign, ref random) : campaign;
            walk.Rate = decisions ? Rates[random.Below(Rates.Length)] : 0;
            walk.Seed(random.Next());
            if (target.Run(varied, walk).Key == key) return true;
        }
        return false;
    }
}
