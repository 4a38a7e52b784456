using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Play;

/// <summary>A guest that is always fit for the next campaign: it is reset after each, or booted if that is not possible.</summary>
/// <param name="settings">What its machines are made of.</param>
public sealed class Guest(VmSettings settings) : IGuest
{
    private Vm? vm;
    private bool isFresh;

    /// <inheritdoc/>
    public int Boots { get; private set; }

    /// <inheritdoc/>
    public int Resets { get; private set; }

    /// <inheritdoc/>
    public TimeSpan ResetTime { get; private set; }

    /// <inheritdoc/>
    public TimeSpan BootTime { get; private set; }

    /// <inheritdoc/>
    public string KernelRelease { get; private set; } = "";

    /// <inheritdoc/>
    public string QemuVersion { get; private set; } = "";

    /// <inheritdoc/>
    public async Task Prepare(CancellationToken stop)
    {
        if (vm is not null && isFresh) return;
        await DisposeAsync().ConfigureAwait(false);
        vm = await Vm.Start(settings, stop).ConfigureAwait(false);
        isFresh = true;
        if (Boots++ == 0) BootTime = vm.Boot;
        KernelRelease = vm.KernelRelease;
        QemuVersion = vm.QemuVersion;
    }

    /// <inheritdoc/>
    public async Task<Outcome> Play(Campaign campaign, PlayOptions options, CancellationToken stop)
    {
        await Prepare(stop).ConfigureAwait(false);
        isFresh = false;
        var outcome = await new CampaignPlayer(vm!, options).Play(campaign, stop).ConfigureAwait(false);
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        if (outcome.CanReset && await vm!.TryReset(stop).ConfigureAwait(false))
        {
            isFresh = true;
            Resets++;
            ResetTime += System.Diagnostics.Stopwatch.GetElapsedTime(start);
        }
        return outcome;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (vm is not null) await vm.DisposeAsync().ConfigureAwait(false);
        vm = null;
    }
}
