using System.Text;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Minimization;

/// <summary>A minimization under way: the smallest campaign so far, what did not work, and what may still be spent.</summary>
internal sealed class Reduction
{
    private const int MostSearches = 400;
    private readonly FuzzTarget target;
    private readonly MinimizationOptions options;
    private readonly Action<MinimizationProgress>? progress;
    private readonly Recordable recordable;
    private readonly DelegatingStrategy delegating = new();
    private readonly HashSet<string> failed = [];
    private int searched;

    /// <summary>Starts from a campaign.</summary>
    /// <exception cref="KeyNotShownException">It does not show the key.</exception>
    public Reduction(
        FuzzTarget target, Campaign campaign, string key, MinimizationOptions options, Action<MinimizationProgress>? progress)
    {
        this.target = target;
        this.options = options;
        this.progress = progress;
        Key = key;
        recordable = new Recordable(delegating);
        Current = Campaign.Decode(campaign.Encode());
        Executions = 1;
        var verdict = target.Run(Current);
        if (verdict.Key != key) throw new KeyNotShownException(key, verdict.Key);
        Adopt(Current, verdict);
    }

    /// <summary>The key that has to stay.</summary>
    public string Key { get; }

    /// <summary>The smallest campaign so far. Never changed: each step has a new one.</summary>
    public Campaign Current { get; private set; }

    /// <summary>Its size.</summary>
    public CampaignSize Size { get; private set; }

    /// <summary>What of it did nothing.</summary>
    public IReadOnlyList<WithoutEffect> Idle { get; private set; } = [];

    /// <summary>Decisions of its execution.</summary>
    public int Decisions { get; private set; }

    /// <summary>Executions used.</summary>
    public int Executions { get; private set; }

    /// <summary>Name of the pass that runs.</summary>
    public string Pass { get; set; } = "start";

    /// <summary>Whether nothing more may be executed.</summary>
    public bool IsOver => Executions >= options.MaxExecutions || options.ShouldStop();

    /// <summary>Whether searching at random may go on: only a part of all executions is for that.</summary>
    public bool MaySearch => !IsOver && searched < Math.Min(MostSearches, options.MaxExecutions / 4);

    /// <summary>Takes a campaign if it is smaller than the current one and shows the key.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool Try(Campaign? candidate)
    {
        if (candidate is null || CampaignSize.Of(candidate).CompareTo(Size) >= 0) return false;
        var bytes = Encoding.Latin1.GetString(candidate.Encode());
        if (failed.Contains(bytes) || IsOver) return false;
        Executions++;
        var verdict = target.Run(candidate);
        if (verdict.Key == Key && Adopt(candidate, verdict)) return true;
        failed.Add(bytes);
        return false;
    }

    /// <summary>As <see cref="Try"/>, at the cost of searching.</summary>
    public bool TrySearched(Campaign? candidate)
    {
        if (!MaySearch) return false;
        var before = Executions;
        var taken = Try(candidate);
        searched += Executions - before;
        return taken;
    }

    /// <summary>Takes a campaign with a schedule found by a strategy, if with it the campaign is smaller and shows the key.</summary>
    public bool TryExplore(Campaign? candidate, IScheduleStrategy strategy)
    {
        if (candidate is null || IsOver) return false;
        delegating.Inner = strategy;
        recordable.Load(candidate);
        Executions++;
        searched++;
        var verdict = target.Run(candidate, recordable);
        return verdict.Key == Key && Adopt(candidate, verdict);
    }

    /// <summary>What plays the deviations of the campaign that is explored: strategies go around it.</summary>
    public IScheduleStrategy Replay => target.Replay;

    /// <summary>
    /// Takes a campaign that showed the key, less what had no part in it: operations that were not started, deviations that were
    /// not met. That leaves the execution as it was.
    /// </summary>
    private bool Adopt(Campaign candidate, in Verdict verdict)
    {
        if (!candidate.TrySetDeviations(verdict.TakenDeviations)) return false;
        candidate.Truncate(verdict.LastOperation + 1);
        var size = CampaignSize.Of(candidate);
        if (Size != default && size.CompareTo(Size) >= 0) return false;
        Current = candidate;
        Size = size;
        Decisions = verdict.Decisions;
        Idle = target.WithoutEffect(candidate, in verdict);
        progress?.Invoke(new MinimizationProgress(Pass, Executions, candidate));
        return true;
    }

    private sealed class DelegatingStrategy : IScheduleStrategy
    {
        public IScheduleStrategy Inner { get; set; } = Target.Simulation.Strategies.RunToCompletion.Instance;

        public void Begin() => Inner.Begin();

        public int Choose(in Decision decision) => Inner.Choose(decision);
    }
}
