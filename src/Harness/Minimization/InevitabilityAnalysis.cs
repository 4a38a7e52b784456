using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Minimization;

/// <summary>Finds the point from which a violation is inevitable, by re-running the rest under other schedules.</summary>
/// <remarks>
/// Up to a decision everything is as it was; from there on every alternative of that decision is tried, then random walks.
/// The boundary is found by bisection: from the decision before it at least one schedule is known that avoids the violation.
/// </remarks>
internal sealed class InevitabilityAnalysis(FuzzTarget target)
{
    /// <summary>Schedules tried from each point.</summary>
    public const int UsualTries = 24;

    private readonly OtherSuffix strategy = new(target.Replay);

    /// <summary>The point; null if the campaign does not show the key.</summary>
    public Inevitability? Find(Campaign campaign, string key, int tries = UsualTries)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        var verdict = target.Run(campaign);
        if (verdict.Key != key) return null;
        var (avoidable, inevitable) = (-1, verdict.Decisions);
        while (inevitable - avoidable > 1)
        {
            var middle = avoidable + ((inevitable - avoidable) / 2);
            if (IsInevitable(campaign, key, middle, tries)) inevitable = middle;
            else avoidable = middle;
        }
        strategy.Set(inevitable, first: -1, rate: 0, seed: 0);
        var end = target.Run(campaign, strategy);
        var place = strategy.Place ?? (end.LastOperation, 0, end.Steps);
        return new Inevitability(place.Operation, place.Point, inevitable, verdict.Decisions, place.Step, tries);
    }

    private bool IsInevitable(Campaign campaign, string key, int decision, int tries)
    {
        var alternatives = 1;
        for (var i = 0; i < tries; i++)
        {
            var first = i < alternatives ? i : -1;
            strategy.Set(decision, first, rate: 4 << (i % 6), seed: (ulong)i);
            if (target.Run(campaign, strategy).Key != key) return false;
            alternatives = strategy.Alternatives;
        }
        return true;
    }

    /// <summary>As recorded up to a decision; then one choice that is given, then a random walk.</summary>
    private sealed class OtherSuffix(IScheduleStrategy recorded) : IScheduleStrategy
    {
        private int from;
        private int first;
        private int rate;
        private int decisions;
        private SplitMix random;

        /// <summary>Where the recorded part ended.</summary>
        public (int Operation, int Point, int Step)? Place { get; private set; }

        /// <summary>How many choices there were.</summary>
        public int Alternatives { get; private set; }

        public void Set(int decision, int first, int rate, ulong seed)
        {
            (from, this.first, this.rate) = (decision, first, first >= 0 ? 0 : rate);
            random = new SplitMix(seed);
        }

        public void Begin()
        {
            recorded.Begin();
            decisions = 0;
            Place = null;
        }

        public int Choose(in Decision decision)
        {
            var now = decisions++;
            if (now < from) return recorded.Choose(decision);
            if (now == from)
            {
                Place = (decision.Operation, decision.Point, decision.Scheduler.Steps);
                Alternatives = decision.Count;
                if (first >= 0) return first;
            }
            return random.Below(256) < rate ? 1 + random.Below(decision.Count - 1) : 0;
        }
    }
}
