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

    /// <summary>What came of the last choice.</summary>
    /// <param name="gain">What is new; 0 if nothing.</param>
    /// <param name="cost">Scheduling points it took.</param>
    void Learn(int gain, int cost)
    {
    }
}

/// <summary>Every execution plays its own schedule.</summary>
internal sealed class NoExploration : IExploration
{
    /// <inheritdoc/>
    public IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random) => null;
}

/// <summary>Half of the executions play their own schedule, the other half deviate at random on top of it.</summary>
internal sealed class WalkExploration : IExploration
{
    private static readonly int[] Rates = [1, 4, 16, 64];
    private readonly RandomWalk walk;
    private readonly Recordable recordable;

    /// <summary>Explores around what a target replays.</summary>
    public WalkExploration(FuzzTarget target)
    {
        walk = new RandomWalk(target.Replay);
        recordable = new Recordable(walk);
    }

    /// <inheritdoc/>
    public IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random)
    {
        if (random.Below(2) == 0) return null;
        walk.Rate = Rates[random.Below(Rates.Length)];
        walk.Seed(random.Next());
        recordable.Load(campaign);
        return recordable;
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
