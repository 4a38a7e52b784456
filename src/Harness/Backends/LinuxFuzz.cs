using System.Diagnostics;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Backends;

/// <summary>How long to fuzz a real guest, and what to do with findings.</summary>
/// <param name="Vm">What machines are made of.</param>
/// <param name="Vms">How many run side by side.</param>
/// <param name="Seconds">Seconds; 0 for no limit.</param>
/// <param name="Executions">Campaigns; 0 for no limit.</param>
/// <param name="Seed">Where choices come from.</param>
/// <param name="Times">How often a new finding is replayed.</param>
/// <param name="Minimize">Whether it is minimized.</param>
internal sealed record LinuxFuzzPlan(VmSettings Vm, int Vms, double Seconds, long Executions, ulong Seed, int Times, bool Minimize)
{
    /// <summary>How often it says how far it is.</summary>
    public TimeSpan ProgressTime { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>What came of it.</summary>
/// <param name="Executions">Campaigns that were played.</param>
/// <param name="Plugs">Devices that were plugged, and unplugged again.</param>
/// <param name="Seconds">How long that took.</param>
/// <param name="Guests">The guests.</param>
/// <param name="Campaigns">What was learnt.</param>
/// <param name="Findings">What was found.</param>
internal sealed record LinuxFuzzResult(
    long Executions, int Plugs, double Seconds, IReadOnlyList<IGuest> Guests, RealCampaigns Campaigns, IReadOnlyList<RealFinding> Findings)
{
    /// <summary>Snapshots that were loaded.</summary>
    public int Resets => Guests.Sum(g => g.Resets);

    /// <summary>Milliseconds that one took.</summary>
    public double ResetMilliseconds => Guests.Sum(g => g.ResetTime.TotalMilliseconds) / Math.Max(1, Resets);
}

/// <summary>Fuzzes a real guest: campaign after campaign, each on a guest that was reset; several guests side by side.</summary>
/// <param name="plan">What to do.</param>
/// <param name="store">Where findings go.</param>
/// <param name="model">What is asked about their campaigns.</param>
/// <param name="log">Where progress goes.</param>
/// <param name="newGuest">Makes a guest that has not been booted.</param>
internal sealed class LinuxFuzz(
    LinuxFuzzPlan plan, FindingStore store, AskedModel model, TextWriter log, Func<VmSettings, IGuest> newGuest)
{
    /// <summary>Most points are never met.</summary>
    private static readonly TimeSpan PointTime = TimeSpan.FromSeconds(1);

    /// <summary>Campaigns, findings, the model and the log are shared by the guests.</summary>
    private readonly Lock gate = new();
    private readonly Dictionary<string, RealFinding> findings = new(StringComparer.Ordinal);
    private readonly RealCampaigns campaigns = new(plan.Seed);
    private readonly Stopwatch watch = new();
    private TimeSpan said;
    private long started;
    private long executions;
    private int plugs;

    /// <summary>Fuzzes until the plan or a signal ends it; new findings are then replayed, and minimized if that is wanted.</summary>
    /// <exception cref="Machine.Io.MachineException">No machine comes up.</exception>
    /// <exception cref="IOException">A finding cannot be written.</exception>
    public async Task<LinuxFuzzResult> Run(CancellationToken stop)
    {
        var guests = Enumerable.Range(0, plan.Vms).Select(_ => newGuest(plan.Vm)).ToList();
        var pool = new GuestPool(guests, log);
        var elapsed = 0.0;
        try
        {
            await Task.WhenAll(guests.Select(g => g.Prepare(stop))).ConfigureAwait(false);
            log.WriteLine($"guest {guests[0].KernelRelease} under QEMU {guests[0].QemuVersion}: "
                + $"up after {guests[0].BootTime.TotalSeconds:0.0} s");
            watch.Start();
            await FuzzAll(guests, pool, stop).ConfigureAwait(false);
            elapsed = watch.Elapsed.TotalSeconds;
            foreach (var finding in findings.Values.Where(f => !store.Has(f.Problem.Key)).ToList())
                await Confirm(pool, finding, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // A signal ends the run; what was found is written already.
        }
        finally
        {
            foreach (var guest in guests) await guest.DisposeAsync().ConfigureAwait(false);
        }
        if (elapsed == 0) elapsed = watch.Elapsed.TotalSeconds;
        return new LinuxFuzzResult(executions, plugs, elapsed, guests, campaigns, [.. findings.Values]);
    }

    /// <summary>What fails on one guest ends the others.</summary>
    private async Task FuzzAll(IReadOnlyList<IGuest> guests, GuestPool pool, CancellationToken stop)
    {
        using var all = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var failures = new List<Exception>();
        await Task.WhenAll(guests.Select(FuzzOne)).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        if (failures.Count > 0) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(failures[0]).Throw();

        async Task FuzzOne(IGuest guest)
        {
            try
            {
                while (Next() is { } next)
                {
                    var options = new PlayOptions(IsKnown: IsKnown, Points: next.Points) { MayMiss = true, PointTime = PointTime };
                    Learn(guest, next, await pool.PlayOnce(guest, next.Campaign, options, all.Token).ConfigureAwait(false));
                }
            }
            catch (Exception e)
            {
                lock (gate)
                    if (e is not OperationCanceledException) failures.Add(e);
                await all.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private RealCampaign? Next()
    {
        lock (gate)
        {
            if (plan.Executions > 0 && started >= plan.Executions) return null;
            if (plan.Seconds > 0 && watch.Elapsed.TotalSeconds >= plan.Seconds) return null;
            started++;
            return campaigns.Next();
        }
    }

    private bool IsKnown(string key)
    {
        lock (gate) return findings.ContainsKey(key) || store.Has(key);
    }

    private void Learn(IGuest guest, RealCampaign campaign, Outcome outcome)
    {
        lock (gate)
        {
            executions++;
            campaign = campaign with { Points = [.. campaign.Points.Except(outcome.Unknown)] };
            plugs += outcome.Plugs;
            campaigns.Note(campaign, outcome);
            SayHowFar();
            if (outcome.Problem is not { } problem) return;
            if (findings.TryGetValue(problem.Key, out var known))
            {
                known.Hits++;
                return;
            }
            var finding = new RealFinding
            {
                Problem = problem,
                Played = campaign,
                FirstExecution = executions,
                Kernel = guest.KernelRelease,
                Qemu = guest.QemuVersion,
                Model = ModelAnswer.Ask(model, campaign.Campaign, problem),
                OperationsBefore = campaign.Length,
            };
            findings[problem.Key] = finding;
            log.WriteLine($"campaign {executions}: {problem.Title} ({problem.Key}){(store.Has(problem.Key) ? ", known" : "")}");
            if (!store.Has(problem.Key)) store.Add(problem.Key, finding.Files(plan.Seed));
        }
    }

    private void SayHowFar()
    {
        var now = watch.Elapsed;
        if (now - said < plan.ProgressTime) return;
        said = now;
        var limit = plan.Seconds > 0 ? $" of {plan.Seconds:0} s" : " s";
        var feedback = campaigns.Feedback;
        log.WriteLine($"{now.TotalSeconds:0}{limit}: {executions} campaigns ({executions / now.TotalSeconds:0.00}/s), {plugs} plugs, "
            + $"{campaigns.Kept} kept, {feedback.Sequences} sequences, {feedback.Places} places; {findings.Count} findings");
    }

    private async Task Confirm(GuestPool pool, RealFinding finding, CancellationToken stop)
    {
        var key = finding.Problem.Key;
        var minimizer = new RealMinimizer(pool, key, log) { PointTime = PointTime };
        if (plan.Minimize)
        {
            finding.Played = await minimizer.Minimize(finding.Played, stop).ConfigureAwait(false);
            finding.Model = ModelAnswer.Ask(model, finding.Campaign, finding.Problem);
        }
        if (plan.Times > 0) finding.Reliability = await minimizer.Replay(finding.Played, plan.Times, stop).ConfigureAwait(false);
        store.Replace(key, finding.Files(plan.Seed));
        log.WriteLine($"{key}: {finding.Reliability.Hits} of {finding.Reliability.Runs}, {finding.Campaign.Operations.Count} operations");
    }
}
