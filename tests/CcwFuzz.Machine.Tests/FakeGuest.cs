using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Tests;

/// <summary>A guest that is a function.</summary>
/// <param name="play">What a campaign shows, in a run counted from 1.</param>
/// <param name="signs">What it says meanwhile; nothing if not given.</param>
internal sealed class FakeGuest(Func<Campaign, int, Observation?> play, Func<int, Signs>? signs = null) : IGuest
{
    /// <summary>An operation that has to happen exactly somewhere, or nothing shows.</summary>
    public Opcode? NeedsPointOf { get; init; }

    /// <summary>Whether its kernel has a function.</summary>
    public static bool IsKnown(string function) => function.StartsWith('v');

    public int Plays { get; private set; }

    public bool IsDisposed { get; private set; }

    public int Boots => 1;

    public int Resets => Plays;

    public TimeSpan ResetTime => default;

    public TimeSpan BootTime => default;

    public string KernelRelease => "6.1.0";

    public string QemuVersion => "7.2.0";

    public Task Prepare(CancellationToken stop) => Task.CompletedTask;

    public async Task<Outcome> Play(Campaign campaign, PlayOptions options, CancellationToken stop)
    {
        await Task.Yield();
        stop.ThrowIfCancellationRequested();
        var isShown = NeedsPointOf is null
            || options.Points?.Any(p => p.Function == "f" && campaign.Operations[p.Operation - 1].Opcode == NeedsPointOf) is true;
        var problem = play(campaign, ++Plays);
        return new Outcome(isShown ? problem : null, signs?.Invoke(Plays) ?? new Signs([], [], [], ""), 1, [], true)
        {
            Unknown = options.MayMiss ? [.. options.Points?.Where(p => !IsKnown(p.Function)) ?? []] : [],
        };
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }
}
