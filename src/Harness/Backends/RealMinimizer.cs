using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>Makes the campaign of a real finding shorter.</summary>
internal static class RealMinimizer
{
    private const int Tries = 4;

    /// <summary>Leaves out operations, the last first, as long as one of some runs shows the key.</summary>
    public static async Task<Campaign> Minimize(IGuest guest, Campaign campaign, string key, TextWriter log, CancellationToken stop)
    {
        for (var size = Math.Max(1, campaign.Operations.Count / 2); size > 0; size /= 2)
        {
            for (var at = campaign.Operations.Count - size; at >= 0; at -= size)
            {
                var operations = campaign.Operations.ToList();
                if (at + size > operations.Count) continue;
                operations.RemoveRange(at, size);
                var shorter = new Campaign(operations);
                if (!await ShowsOnce(guest, shorter, key, stop).ConfigureAwait(false)) continue;
                campaign = shorter;
                log.WriteLine($"{key}: {campaign.Operations.Count} operations are enough");
            }
        }
        return campaign;
    }

    /// <summary>Whether a run shows the key.</summary>
    public static async Task<bool> Shows(IGuest guest, Campaign campaign, string key, CancellationToken stop)
    {
        var outcome = await guest.Play(campaign, new PlayOptions(IsKnown: k => k == key), stop).ConfigureAwait(false);
        return outcome.Problem?.Key == key;
    }

    private static async Task<bool> ShowsOnce(IGuest guest, Campaign campaign, string key, CancellationToken stop)
    {
        for (var i = 0; i < Tries; i++)
            if (await Shows(guest, campaign, key, stop).ConfigureAwait(false)) return true;
        return false;
    }
}
