using CcwFuzz.Machine.Io;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Play;

/// <summary>A guest that is always fit for the next campaign.</summary>
public interface IGuest : IAsyncDisposable
{
    /// <summary>Times a machine was started.</summary>
    int Boots { get; }

    /// <summary>Times a snapshot was loaded.</summary>
    int Resets { get; }

    /// <summary>Time that loading snapshots took, altogether.</summary>
    TimeSpan ResetTime { get; }

    /// <summary>How long the first boot took.</summary>
    TimeSpan BootTime { get; }

    /// <summary>Release of the kernel.</summary>
    string KernelRelease { get; }

    /// <summary>Version of QEMU.</summary>
    string QemuVersion { get; }

    /// <summary>Boots a machine unless one is there.</summary>
    /// <exception cref="MachineException">It does not come up.</exception>
    Task Prepare(CancellationToken stop);

    /// <summary>Plays a campaign on a fresh guest and makes it fresh again.</summary>
    /// <exception cref="MachineException">No machine comes up.</exception>
    Task<Outcome> Play(Campaign campaign, PlayOptions options, CancellationToken stop);
}
