using System.Diagnostics;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>How long to fuzz a real guest, and what to do with findings.</summary>
/// <param name="Vm">What machines are made of.</param>
/// <param name="Seconds">Seconds; 0 for no limit.</param>
/// <param name="Executions">Campaigns; 0 for no limit.</param>
/// <param name="Seed">Where choices come from.</param>
/// <param name="Times">How often a new finding is replayed.</param>
/// <param name="Minimize">Whether it is minimized.</param>
internal sealed record LinuxFuzzPlan(VmSettings Vm, double Seconds, long Executions, ulong Seed, int Times, bool Minimize);

/// <summary>What came of it.</summary>
internal sealed record LinuxFuzzResult(
    long Executions, int Plugs, double Seconds, Guest Guest, int Shapes, int Kept, IReadOnlyList<RealFinding> Findings);

/// <summary>Fuzzes a real guest: campaign after campaign, each on a guest that was reset.</summary>
/// <param name="plan">What to do.</param>
/// <param name="store">Where findings go.</param>
/// <param name="model">What is asked about their campaigns.</param>
/// <param name="log">Where progress goes.</param>
internal sealed class LinuxFuzz(LinuxFuzzPlan plan, FindingStore store, FuzzTarget model, TextWriter log)
{
    private readonly Dictionary<string, RealFinding> findings = new(StringComparer.Ordinal);
    private readonly RealCampaigns campaigns = new(plan.Seed);
    private long executions;
    private int plugs;

    /// <summary>Fuzzes until the plan or a signal ends it; new findings are then replayed, and minimized if that is wanted.</summary>
    /// <exception cref="Machine.MachineException">No machine comes up.</exception>
    public async Task<LinuxFuzzResult> Run(CancellationToken stop)
    {
        await using var guest = new Guest(plan.Vm);
        await guest.Prepare(stop).ConfigureAwait(false);
        log.WriteLine($"guest {guest.KernelRelease} under QEMU {guest.QemuVersion}: up after {guest.BootTime.TotalSeconds:0.0} s");
        var watch = Stopwatch.StartNew();
        var elapsed = 0.0;
        try
        {
            while (!IsOver(watch)) await Execute(guest, stop).ConfigureAwait(false);
            elapsed = watch.Elapsed.TotalSeconds;
            foreach (var finding in findings.Values.Where(f => !store.IsKnown(f.Problem.Key)).ToList())
                await Confirm(guest, finding, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // A signal ends the run; what was found is written already.
        }
        if (elapsed == 0) elapsed = watch.Elapsed.TotalSeconds;
        return new LinuxFuzzResult(executions, plugs, elapsed, guest, campaigns.Shapes, campaigns.Kept, [.. findings.Values]);
    }

    private bool IsOver(Stopwatch watch) =>
        (plan.Executions > 0 && executions >= plan.Executions) || (plan.Seconds > 0 && watch.Elapsed.TotalSeconds >= plan.Seconds);

    private async Task Execute(Guest guest, CancellationToken stop)
    {
        var campaign = campaigns.Next();
        var outcome = await guest.Play(campaign, stop).ConfigureAwait(false);
        executions++;
        plugs += outcome.Plugs;
        campaigns.Note(campaign, outcome);
        if (outcome.Problem is not { } problem) return;
        if (findings.TryGetValue(problem.Key, out var known))
        {
            known.Hits++;
            return;
        }
        var finding = new RealFinding
        {
            Problem = problem,
            Campaign = campaign,
            FirstExecution = executions,
            Kernel = guest.KernelRelease,
            Qemu = guest.QemuVersion,
            Model = ModelAnswer.Ask(model, campaign),
            OperationsBefore = campaign.Operations.Count,
        };
        findings[problem.Key] = finding;
        log.WriteLine($"campaign {executions}: {problem.Title} ({problem.Key}){(store.IsKnown(problem.Key) ? ", known" : "")}");
        if (!store.IsKnown(problem.Key)) store.Add(problem.Key, finding.Files(plan.Seed));
    }

    private async Task Confirm(Guest guest, RealFinding finding, CancellationToken stop)
    {
        if (plan.Minimize)
        {
            finding.Campaign = await RealMinimizer.Minimize(guest, finding.Campaign, finding.Problem.Key, log, stop).ConfigureAwait(false);
            finding.Model = ModelAnswer.Ask(model, finding.Campaign);
        }
        var hits = 0;
        for (var i = 0; i < plan.Times; i++)
            if ((await guest.Play(finding.Campaign, stop).ConfigureAwait(false)).Problem?.Key == finding.Problem.Key) hits++;
        if (plan.Times > 0) finding.Reliability = new Reliability(hits, plan.Times);
        store.Replace(finding.Problem.Key, finding.Files(plan.Seed));
        log.WriteLine($"{finding.Problem.Key}: {hits} of {plan.Times}, {finding.Campaign.Operations.Count} operations");
    }
}

/// <summary>Makes the campaign of a real finding shorter.</summary>
internal static class RealMinimizer
{
    private const int Tries = 2;

    /// <summary>Leaves out operations, the last first, as long as one of two runs shows the key.</summary>
    public static async Task<Campaign> Minimize(Guest guest, Campaign campaign, string key, TextWriter log, CancellationToken stop)
    {
        for (var size = Math.Max(1, campaign.Operations.Count / 2); size > 0; size /= 2)
        {
            for (var at = campaign.Operations.Count - size; at >= 0; at -= size)
            {
                var operations = campaign.Operations.ToList();
                if (at + size > operations.Count) continue;
                operations.RemoveRange(at, size);
                var shorter = new Campaign(operations);
                if (!await Shows(guest, shorter, key, stop).ConfigureAwait(false)) continue;
                campaign = shorter;
                log.WriteLine($"{key}: {campaign.Operations.Count} operations are enough");
            }
        }
        return campaign;
    }

    private static async Task<bool> Shows(Guest guest, Campaign campaign, string key, CancellationToken stop)
    {
        for (var i = 0; i < Tries; i++)
        {
            var outcome = await guest.Play(campaign, stop).ConfigureAwait(false);
            if (outcome.Problem?.Key == key) return true;
        }
        return false;
    }
}
