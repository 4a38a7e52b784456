using System.Collections.Concurrent;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

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

    private double expected;
    private int runs;

    /// <summary>Leaves out operations, the last first, then overlaps, as long as the key shows about as often.</summary>
    /// <returns>The shorter campaign; the one that was given if the key does not show at all.</returns>
    public async Task<Campaign> Minimize(Campaign campaign, CancellationToken stop)
    {
        var before = await Measure(campaign, stop).ConfigureAwait(false);
        log.WriteLine($"{key}: {before.Hits} of {before.Runs} with {campaign.Operations.Count} operations");
        if (before.Hits == 0) return campaign;
        expected = (double)before.Hits / before.Runs;
        for (var size = campaign.Operations.Count / 2; size > 1; size /= 2)
            campaign = await WithoutBlocks(campaign, size, stop).ConfigureAwait(false);
        int length;
        do
        {
            length = campaign.Operations.Count;
            campaign = await WithoutBlocks(campaign, 1, stop).ConfigureAwait(false);
        }
        while (campaign.Operations.Count < length);
        for (var at = campaign.Operations.Count - 1; at >= 0; at--)
        {
            if (campaign.Operations[at].WaitsUntilQuiet) continue;
            var operations = campaign.Operations.ToList();
            operations[at] = operations[at] with { Run = 0 };
            campaign = await Try(campaign, operations, $"operation {at + 1} need not overlap the next", stop).ConfigureAwait(false);
        }
        log.WriteLine($"{key}: {campaign.Operations.Count} operations after {runs} runs");
        return campaign;
    }

    /// <summary>Plays a campaign a number of times.</summary>
    public async Task<Reliability> Replay(Campaign campaign, int times, CancellationToken stop)
    {
        var left = times;
        var hits = 0;
        await Play(campaign, () => left-- > 0, isHit => hits += isHit ? 1 : 0, stop).ConfigureAwait(false);
        return new Reliability(hits, times);
    }

    /// <summary>How often a campaign shows the key; ends when that is clear enough.</summary>
    private async Task<Reliability> Measure(Campaign campaign, CancellationToken stop)
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

    private async Task<Campaign> WithoutBlocks(Campaign campaign, int size, CancellationToken stop)
    {
        for (var at = campaign.Operations.Count - size; at >= 0; at -= size)
        {
            var operations = campaign.Operations.ToList();
            if (at + size > operations.Count || size == operations.Count) continue;
            operations.RemoveRange(at, size);
            campaign = await Try(campaign, operations, $"{operations.Count} operations are enough", stop).ConfigureAwait(false);
        }
        return campaign;
    }

    private async Task<Campaign> Try(Campaign campaign, List<Operation> operations, string message, CancellationToken stop)
    {
        var simpler = new Campaign(operations);
        var test = new ReliabilityTest(expected);
        await Play(simpler, () => test.IsAsReliable is null, test.Count, stop).ConfigureAwait(false);
        // Runs that were on their way when it was decided count as well, and can leave it open again.
        while (test.IsAsReliable is null)
            await Play(simpler, () => test.IsAsReliable is null, test.Count, stop).ConfigureAwait(false);
        if (test.IsAsReliable is not true) return campaign;
        log.WriteLine($"{key}: {message}");
        return simpler;
    }

    private Task Play(Campaign campaign, Func<bool> goesOn, Action<bool> count, CancellationToken stop) => pool.Play(
        campaign, () => goesOn() ? new PlayOptions(IsKnown: seen.ContainsKey) : null, (_, outcome) =>
        {
            runs++;
            if (outcome.Problem is { } problem) seen[problem.Key] = true;
            count(outcome.Problem?.Key == key);
        }, stop);
}
