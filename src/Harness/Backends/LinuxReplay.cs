using System.Collections.Concurrent;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>What replays of one campaign on one kernel showed.</summary>
/// <param name="Kernel">Release of the kernel.</param>
/// <param name="Qemu">Version of QEMU.</param>
/// <param name="Outcomes">One for each run.</param>
/// <param name="Sought">What is looked for.</param>
internal sealed record LinuxReplay(string Kernel, string Qemu, IReadOnlyList<Outcome> Outcomes, Func<Observation, bool> Sought)
{
    private const double LongestPace = 1000;

    /// <summary>Plays a campaign a number of times.</summary>
    /// <param name="settings">What machines are made of.</param>
    /// <param name="campaign">The campaign.</param>
    /// <param name="paces">For each run, microseconds that a scheduling point becomes.</param>
    /// <param name="sought">What is looked for.</param>
    /// <param name="log">Where progress goes.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="vms">Machines side by side.</param>
    /// <param name="points">Where operations happen exactly; null for nowhere.</param>
    /// <param name="ofModel">Where they happen on the model, for each run another guess; instead of points.</param>
    /// <exception cref="Machine.Io.MachineException">No machine comes up.</exception>
    public static async Task<LinuxReplay> Run(
        VmSettings settings, Campaign campaign, IReadOnlyList<double> paces, Func<Observation, bool> sought, TextWriter log,
        CancellationToken stop, int vms = 1, IReadOnlyList<ExactPoint>? points = null,
        ModelPoints? ofModel = null)
    {
        var guests = Enumerable.Range(0, Math.Min(vms, paces.Count)).Select(_ => new Guest(settings)).ToList();
        var outcomes = new List<Outcome>();
        var seen = new ConcurrentDictionary<string, bool>();
        var begun = 0;
        try
        {
            await new GuestPool(guests, log).Play(
                campaign, () => begun < paces.Count ? Options(begun++) : null, See, stop)
                .ConfigureAwait(false);
        }
        finally
        {
            foreach (var guest in guests) await guest.DisposeAsync().ConfigureAwait(false);
        }
        return new LinuxReplay(guests[0].KernelRelease, guests[0].QemuVersion, outcomes, sought);

        PlayOptions Options(int run) => new(paces[run], seen.ContainsKey, ofModel?.Of(run) ?? points)
        {
            MayMiss = ofModel is not null,
        };

        void See(PlayOptions options, Outcome outcome)
        {
            outcomes.Add(WithoutLogs(outcome));
            ofModel?.Learn(outcome);
            if (outcome.Problem is { } problem) seen[problem.Key] = true;
            var at = outcome.Points.Count > 0 ? $", at {string.Join(' ', outcome.Points)}"
                : options.Pace is 1 ? "" : $", {options.Pace:0.#} us a point";
            log.WriteLine($"run {outcomes.Count} of {paces.Count}{at}: {outcome.Problem?.Title ?? "clean"}");
        }
    }

    /// <summary>What is asked about later: logs and traces are megabytes.</summary>
    private static Outcome WithoutLogs(Outcome outcome) => outcome with { Signs = outcome.Signs with { Log = [], Trace = [] } };

    /// <summary>
    /// Paces for a campaign of the model: a scheduling point has no fixed time, so that runs try all orders of magnitude between
    /// one microsecond and a thousand.
    /// </summary>
    public static IReadOnlyList<double> Sweep(int times) =>
        [.. Enumerable.Range(0, times).Select(i => times == 1 ? 1 : Math.Pow(LongestPace, (double)i / (times - 1)))];

    /// <summary>Runs that showed what is looked for.</summary>
    public int Hits => Outcomes.Count(o => o.Problem is { } p && Sought(p));

    /// <summary>Where operations happened in the first run that showed what is looked for.</summary>
    public IReadOnlyList<ExactPoint> Points => Outcomes.FirstOrDefault(o => o.Problem is { } p && Sought(p))?.Points ?? [];

    /// <summary>The same runs, where a key is what is looked for.</summary>
    public LinuxReplay For(string key) => this with { Sought = p => p.Key == key };

    /// <summary>What showed most often, what is looked for before anything else; null if every run was clean.</summary>
    public Observation? Problem => Outcomes
        .Select(o => o.Problem)
        .OfType<Observation>()
        .GroupBy(p => p.Key)
        .OrderByDescending(g => Sought(g.First()))
        .ThenByDescending(g => g.Count())
        .FirstOrDefault()?.First();

    /// <summary>How often each key showed.</summary>
    public OrderedDictionary<string, int> Shown() => new(Outcomes
        .CountBy(o => o.Problem?.Key ?? "clean")
        .OrderByDescending(c => c.Value));
}
