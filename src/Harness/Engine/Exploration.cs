using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;

namespace CcwFuzz.Harness.Engine;

/// <summary>Chooses who decides the schedule of an execution.</summary>
internal interface IExploration
{
    /// <summary>The strategy for one execution, or null to play the campaign's own deviations.</summary>
    /// <param name="campaign">What will be run.</param>
    /// <param name="expectedDecisions">Decisions expected, or 0.</param>
    /// <param name="random">Where choices come from.</param>
    IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random);
}

/// <summary>Every execution plays its own schedule.</summary>
internal sealed class NoExploration : IExploration
{
    /// <inheritdoc/>
    public IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random) => null;
}

/// <summary>Half of the executions play their own schedule, the others deviate on top of it: at few places, or at random all the way.</summary>
internal sealed class WalkExploration : IExploration
{
    private const int UsualDecisions = 128;
    private static readonly int[] Rates = [1, 4, 16, 64];
    private static readonly int[] Counts = [1, 1, 2, 3];
    private readonly RandomWalk walk;
    private readonly FewDeviations few;
    private readonly Recordable walking;
    private readonly Recordable deviating;

    /// <summary>Explores around what a target replays.</summary>
    public WalkExploration(FuzzTarget target)
    {
        walk = new RandomWalk(target.Replay);
        few = new FewDeviations(target.Replay);
        walking = new Recordable(walk);
        deviating = new Recordable(few);
    }

    /// <inheritdoc/>
    public IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random)
    {
        if (random.Below(2) == 0) return null;
        if (random.Below(2) == 0)
        {
            var expected = expectedDecisions > 0 ? expectedDecisions : UsualDecisions;
            few.Set(Counts[random.Below(Counts.Length)], expected, random.Next());
            deviating.Load(campaign);
            return deviating;
        }
        walk.Rate = Rates[random.Below(Rates.Length)];
        walk.Seed(random.Next());
        walking.Load(campaign);
        return walking;
    }
}

/// <summary>Three quarters of the executions have random priorities with a few changes; the others play their own schedule.</summary>
internal sealed class PctExploration : IExploration
{
    private const int DeepestBug = 5;
    private const int UsualDecisions = 128;
    private readonly Pct pct;
    private readonly Recordable recordable;

    /// <summary>Explores around what a target replays.</summary>
    public PctExploration(FuzzTarget target)
    {
        pct = new Pct(target.Replay);
        recordable = new Recordable(pct);
    }

    /// <inheritdoc/>
    public IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random)
    {
        if (random.Below(4) == 0) return null;
        pct.Seed(random.Next(), 1 + random.Below(DeepestBug), expectedDecisions > 0 ? expectedDecisions : UsualDecisions);
        recordable.Load(campaign);
        return recordable;
    }
}
