using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Tests.Linux.Cio;

/// <summary>Plays campaigns on a stack that can be looked at afterwards.</summary>
internal static class CampaignPlayer
{
    /// <summary>Plays the operations, without the rest at the end.</summary>
    public static CampaignRunner Play(Campaign campaign)
    {
        var (runner, world) = Prepare(campaign);
        world.Trace.On = true;
        runner.PlayOperations(campaign);
        return runner;
    }

    /// <summary>Plays a campaign to its end, or to its first violation.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="walk">0 for its own schedule; others leave it at random, each number in its own way.</param>
    /// <param name="host">How the host executes instructions.</param>
    public static CampaignRunner PlayToTheEnd(Campaign campaign, int walk, string host = VariantCatalogue.DefaultHost)
    {
        var (runner, _) = Prepare(campaign, walk, host);
        try
        {
            runner.Run(campaign);
        }
        catch (Exception e) when (e is ViolationException or NullPointerException)
        {
            // What was reached until then counts.
        }
        return runner;
    }

    private static (CampaignRunner Runner, World World) Prepare(Campaign campaign, int walk = 0, string host = VariantCatalogue.DefaultHost)
    {
        var world = new World();
        var schedule = new Replay();
        schedule.Load(campaign.Deviations);
        world.Scheduler.Strategy = schedule;
        if (walk > 0)
        {
            var random = new RandomWalk(schedule) { Rate = walk };
            random.Seed((ulong)walk);
            world.Scheduler.Strategy = random;
        }
        world.Reset();
        world.Scheduler.BeginOperation(-1);
        return (new CampaignRunner(world, VariantCatalogue.Resolve(host: host)), world);
    }
}
