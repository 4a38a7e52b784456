using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>Makes the campaign of a real finding shorter, and no less reliable than it was.</summary>
/// <param name="guest">Where it is played.</param>
/// <param name="key">The finding's key.</param>
/// <param name="log">Where progress goes.</param>
internal sealed class RealMinimizer(IGuest guest, string key, TextWriter log)
{
    private const int Tries = 4;

    /// <summary>Hits of some runs that are enough: one may fail by chance.</summary>
    private const int MostNeeded = Tries - 1;

    private int needed = 1;

    /// <summary>Leaves out operations, the last first, then overlaps, as long as the key shows about as often.</summary>
    public async Task<Campaign> Minimize(Campaign campaign, CancellationToken stop)
    {
        needed = Math.Max(1, await Hits(campaign, MostNeeded, stop).ConfigureAwait(false));
        for (var size = Math.Max(1, campaign.Operations.Count / 2); size > 0; size /= 2)
        {
            for (var at = campaign.Operations.Count - size; at >= 0; at -= size)
            {
                var operations = campaign.Operations.ToList();
                if (at + size > operations.Count) continue;
                operations.RemoveRange(at, size);
                campaign = await Try(campaign, operations, $"{operations.Count} operations are enough", stop).ConfigureAwait(false);
            }
        }
        for (var at = campaign.Operations.Count - 1; at >= 0; at--)
        {
            if (campaign.Operations[at].WaitsUntilQuiet) continue;
            var operations = campaign.Operations.ToList();
            operations[at] = operations[at] with { Run = 0 };
            campaign = await Try(campaign, operations, $"operation {at + 1} need not overlap the next", stop).ConfigureAwait(false);
        }
        return campaign;
    }

    /// <summary>Whether a run shows the key.</summary>
    public async Task<bool> Shows(Campaign campaign, CancellationToken stop)
    {
        var outcome = await guest.Play(campaign, new PlayOptions(IsKnown: k => k == key), stop).ConfigureAwait(false);
        return outcome.Problem?.Key == key;
    }

    private async Task<Campaign> Try(Campaign campaign, List<Operation> operations, string message, CancellationToken stop)
    {
        var simpler = new Campaign(operations);
        if (await Hits(simpler, needed, stop).ConfigureAwait(false) < needed) return campaign;
        log.WriteLine($"{key}: {message}");
        return simpler;
    }

    /// <summary>How many of some runs show the key; ends when it is as many as wanted, or can no longer be.</summary>
    private async Task<int> Hits(Campaign campaign, int wanted, CancellationToken stop)
    {
        var hits = 0;
        for (var left = Tries; left > 0 && hits < wanted && hits + left >= Math.Min(wanted, needed); left--)
            if (await Shows(campaign, stop).ConfigureAwait(false)) hits++;
        return hits;
    }
}
