using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>Guests that play the same campaign side by side: a run mostly waits, so several take little longer than one.</summary>
/// <param name="guests">The guests; the pool does not end them.</param>
/// <param name="log">Where boots that fail are reported.</param>
internal sealed class GuestPool(IReadOnlyList<IGuest> guests, TextWriter log)
{
    private const int MostBoots = 3;
    private readonly Lock gate = new();

    /// <summary>Plays a campaign until there is nothing more to play.</summary>
    /// <param name="campaign">The campaign.</param>
    /// <param name="next">How the next run is played; null if no further one is wanted. Never called twice at once.</param>
    /// <param name="see">Gets what a run showed, in the order in which runs end. Never called twice at once, nor beside the other.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="MachineException">A guest does not come up, several times.</exception>
    public async Task Play(Campaign campaign, Func<PlayOptions?> next, Action<PlayOptions, Outcome> see, CancellationToken stop)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Task.WhenAll(guests.Select(PlayOn)).ConfigureAwait(false);

        async Task PlayOn(IGuest guest)
        {
            try
            {
                while (Next() is { } options) See(options, await PlayOnce(guest, campaign, options, all.Token).ConfigureAwait(false));
            }
            catch
            {
                await all.CancelAsync().ConfigureAwait(false); // the others would only go on to fail as well
                throw;
            }
        }

        PlayOptions? Next()
        {
            lock (gate) return next();
        }

        void See(PlayOptions options, Outcome outcome)
        {
            lock (gate) see(options, outcome);
        }
    }

    /// <summary>A guest that does not come up again costs some boots, not the work.</summary>
    public async Task<Outcome> PlayOnce(IGuest guest, Campaign campaign, PlayOptions options, CancellationToken stop)
    {
        for (var i = 1; ; i++)
        {
            try
            {
                return await guest.Play(campaign, options, stop).ConfigureAwait(false);
            }
            catch (MachineException e) when (i < MostBoots && guest.Boots > 0 && e.Fault != MachineFault.NoFunction)
            {
                lock (gate) log.WriteLine($"boot {i} of {MostBoots} failed: {e.Message.ReplaceLineEndings(" ")}");
            }
        }
    }
}
