using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;

namespace CcwFuzz.Target.Tests.Linux.Cio;

/// <summary>Plays campaigns on a stack that can be looked at afterwards.</summary>
internal static class CampaignPlayer
{
    /// <summary>Plays the operations on a stack of their own, without the rest at the end.</summary>
    public static CampaignRunner Play(Campaign campaign)
    {
        DeadMemory.CollectSometimes();
        var world = new World();
        var runner = new CampaignRunner(world, VariantCatalogue.Default);
        Prepare(world, campaign, walk: 0);
        world.Trace.On = true;
        runner.PlayOperations(campaign);
        return runner;
    }

    /// <summary>Plays campaigns to their ends, or to their first violations, one after the other on one stack.</summary>
    /// <param name="runs">
    /// The campaigns, and how each is played: 0 for its own schedule; others leave it at random, each number in its own way.
    /// </param>
    /// <param name="host">How the host executes instructions.</param>
    /// <returns>The stack after each run, as far as that came.</returns>
    public static IEnumerable<DeviceStack> PlayToTheEnd(
        IEnumerable<(Campaign Campaign, int Walk)> runs, string host = VariantCatalogue.DefaultHost)
    {
        DeadMemory.CollectSometimes();
        var world = new World();
        var runner = new CampaignRunner(world, VariantCatalogue.Resolve(host: host));
        foreach (var (campaign, walk) in runs)
        {
            Prepare(world, campaign, walk);
            try
            {
                runner.Run(campaign);
            }
            catch (Exception e) when (e is ViolationException or NullPointerException)
            {
                // What was reached until then counts.
            }
            yield return runner.Stack;
        }
    }

    private static void Prepare(World world, Campaign campaign, int walk)
    {
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
    }
}
