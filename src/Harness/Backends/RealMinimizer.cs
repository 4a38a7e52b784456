using System.Collections.Concurrent;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Machine.Play;

namespace CcwFuzz.Harness.Backends;

/// <summary>Makes the campaign of a real finding shorter, and no less reliable than it was (<see cref="ReliabilityTest"/>).</summary>
/// <param name="pool">Where it is played.</param>
/// <param name="key">The finding's key.</param>
/// <param name="log">Where progress goes.</param>
internal sealed class RealMinimizer(GuestPool pool, string key, TextWriter log)
{
    /// <summary>Hits that tell how reliable a campaign is.</summary>
    private const int EnoughHits = 5;

    /// <summary>Runs after which a key that did not show is given up.</summary>
    public const int MostRuns = 100;

    /// <summary>What showed so far: less patience is enough to see it again.</summary>
    private readonly ConcurrentDictionary<string, bool> seen = new() { [key] = true };

    /// <summary>How long the kernel may take to come to a point; null for the usual time.</summary>
    public TimeSpan? PointTime { get; init; }

    private double expected;
    private int runs;

    /// <summary>Leaves out operations, the last first, then overlaps and points, as long as the key shows about as often.</summary>
    /// <returns>The shorter campaign; the one that was given if the key does not show at all.</returns>
    public async Task<RealCampaign> Minimize(RealCampaign campaign, CancellationToken stop)
    {
        var before = await Measure(campaign, stop).ConfigureAwait(false);
        log.WriteLine($"{key}: {before.Hits} of {before.Runs} with {campaign.Length} operations");
        if (before.Hits == 0) return campaign;
        expected = (double)before.Hits / before.Runs;
        for (var size = campaign.Length / 2; size > 1; size /= 2)
            campaign = await WithoutBlocks(campaign, size, stop).ConfigureAwait(false);
        int length;
        do
        {
            length = campaign.Length;
            campaign = await WithoutBlocks(campaign, 1, stop).ConfigureAwait(false);
        }
        while (campaign.Length < length);
        for (var at = campaign.Length - 1; at >= 0; at--)
        {
            if (campaign.Overlaps(at))
                campaign = await Try(campaign, campaign.WithoutOverlap(at), $"operation {at + 1} need not overlap the next", stop)
                    .ConfigureAwait(false);
        }
        foreach (var point in campaign.Points)
            campaign = await Try(campaign, campaign.Without(point), $"need not be at '{point}'", stop).ConfigureAwait(false);
        log.WriteLine($"{key}: {campaign.Length} operations after {runs} runs");
        return campaign;
    }

    /// <summary>Plays a campaign a number of times.</summary>
    public async Task<Reliability> Replay(RealCampaign campaign, int times, CancellationToken stop)
    {
        var left = times;
        var hits = 0;
        await Play(campaign, () => left-- > 0, isHit => hits += isHit ? 1 : 0, stop).ConfigureAwait(false);
        return new Reliability(hits, times);
    }

    /// <summary>How often a campaign shows the key; ends when that is clear enough.</summary>
    private async Task<Reliability> Measure(RealCampaign campaign, CancellationToken stop)
    {
        var (hits, begun, ended) = (0, 0, 0);
        await Play(campaign, () => hits < EnoughHits && begun++ < MostRuns, Count, stop).ConfigureAwait(false);
        return new Reliability(hits, ended);

        void Count(bool isHit)
        {
            ended++;
            if (isHit) hits++;
        }
    }

    private async Task<RealCampaign> WithoutBlocks(RealCampaign campaign, int size, CancellationToken stop)
    {
        for (var at = campaign.Length - size; at >= 0; at -= size)
        {
            if (at + size > campaign.Length || size == campaign.Length) continue;
            campaign = await Try(campaign, campaign.Without(at, size), $"{campaign.Length - size} operations are enough", stop)
                .ConfigureAwait(false);
        }
        return campaign;
    }

    private async Task<RealCampaign> Try(RealCampaign campaign, RealCampaign simpler, string message, CancellationToken stop)
    {
        var test = new ReliabilityTest(expected);
        await Play(simpler, () => test.IsAsReliable is null, test.Count, stop).ConfigureAwait(false);
        // Runs that were on their way when it was decided count as well, and can leave it open again.
        while (test.IsAsReliable is null)
            await Play(simpler, () => test.IsAsReliable is null, test.Count, stop).ConfigureAwait(false);
        if (test.IsAsReliable is not true) return campaign;
        log.WriteLine($"{key}: {message}");
        return simpler;
    }

    private Task Play(RealCampaign campaign, Func<bool> goesOn, Action<bool> count, CancellationToken stop)
    {
        var options = new PlayOptions(IsKnown: seen.ContainsKey, Points: campaign.Points) { PointTime = PointTime };
        return pool.Play(campaign.Campaign, () => goesOn() ? options : null, See, stop);

        void See(PlayOptions _, Outcome outcome)
        {
            runs++;
            if (outcome.Problem is { } problem) seen[problem.Key] = true;
            count(outcome.Problem?.Key == key);
        }
    }
}
