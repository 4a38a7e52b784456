using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>What replays of one campaign on one kernel showed.</summary>
/// <param name="Kernel">Release of the kernel.</param>
/// <param name="Qemu">Version of QEMU.</param>
/// <param name="Outcomes">One for each run.</param>
internal sealed record LinuxReplay(string Kernel, string Qemu, IReadOnlyList<Outcome> Outcomes)
{
    /// <summary>Plays a campaign a number of times.</summary>
    /// <exception cref="Machine.MachineException">No machine comes up.</exception>
    public static async Task<LinuxReplay> Run(VmSettings settings, Campaign campaign, int times, TextWriter log, CancellationToken stop)
    {
        await using var guest = new Guest(settings);
        var outcomes = new List<Outcome>();
        for (var i = 1; i <= times; i++)
        {
            outcomes.Add(await guest.Play(campaign, stop).ConfigureAwait(false));
            log.WriteLine($"run {i} of {times}: {outcomes[^1].Problem?.Title ?? "clean"}");
        }
        return new LinuxReplay(guest.KernelRelease, guest.QemuVersion, outcomes);
    }

    /// <summary>Runs that showed something: the key that is looked for, or anything if none is.</summary>
    public int Hits(string? key) => Outcomes.Count(o => o.Problem is not null && (key is null || o.Problem.Key == key));

    /// <summary>What showed most often; null if every run was clean.</summary>
    public Machine.Logs.Observation? Problem => Outcomes
        .Select(o => o.Problem)
        .OfType<Machine.Logs.Observation>()
        .GroupBy(p => p.Key)
        .OrderByDescending(g => g.Count())
        .FirstOrDefault()?.First();
}
