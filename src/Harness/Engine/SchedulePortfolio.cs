using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;

namespace CcwFuzz.Harness.Engine;

/// <summary>The campaign's own schedule, a few deviations, walks of several rates, priorities: chosen by what they bring.</summary>
internal sealed class SchedulePortfolio : IExploration
{
    private const int Own = 0;
    private const int Few = 1;
    private const int Priorities = 2;
    private const int FirstWalk = 3;
    private const int DeepestBug = 5;
    private const int UsualDecisions = 128;

    /// <summary>Deviations in 256 decisions.</summary>
    private static readonly int[] Rates = [1, 4, 16, 64];

    /// <summary>Deviations of an execution with few.</summary>
    private static readonly int[] Counts = [1, 1, 2, 3];

    private readonly AdaptiveChoice choice = new(FirstWalk + Rates.Length);
    private readonly FewDeviations few;
    private readonly Pct pct;
    private readonly RandomWalk walk;
    private readonly Recordable recordable;
    private readonly Chosen chosen = new();
    private int last;

    /// <summary>Explores around what a target replays.</summary>
    public SchedulePortfolio(FuzzTarget target)
    {
        few = new FewDeviations(target.Replay);
        pct = new Pct(target.Replay);
        walk = new RandomWalk(target.Replay);
        recordable = new Recordable(chosen);
    }

    /// <inheritdoc/>
    public IScheduleStrategy? Choose(Campaign campaign, int expectedDecisions, ref SplitMix random)
    {
        last = choice.Pick(ref random);
        if (last == Own) return null;
        var decisions = expectedDecisions > 0 ? expectedDecisions : UsualDecisions;
        switch (last)
        {
            case Few:
                few.Set(Counts[random.Below(Counts.Length)], decisions, random.Next());
                chosen.Strategy = few;
                break;
            case Priorities:
                pct.Seed(random.Next(), 1 + random.Below(DeepestBug), decisions);
                chosen.Strategy = pct;
                break;
            default:
                walk.Rate = Rates[last - FirstWalk];
                walk.Seed(random.Next());
                chosen.Strategy = walk;
                break;
        }
        recordable.Load(campaign);
        return recordable;
    }

    /// <inheritdoc/>
    public void Learn(int gain, int cost) => choice.Learn(last, gain, cost);

    /// <summary>Whatever strategy was chosen.</summary>
    private sealed class Chosen : IScheduleStrategy
    {
        public IScheduleStrategy Strategy { get; set; } = RunToCompletion.Instance;

        public void Begin() => Strategy.Begin();

        public int Choose(in Decision decision) => Strategy.Choose(decision);
    }
}
