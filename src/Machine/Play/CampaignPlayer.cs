using System.Diagnostics;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;

namespace CcwFuzz.Machine.Play;

/// <summary>How a campaign is played.</summary>
/// <param name="Pace">Microseconds to wait between two operations for each scheduling point that the campaign has there.</param>
/// <param name="IsKnown">Whether a problem with this key was seen before: then it counts sooner.</param>
/// <param name="Points">Where operations happen exactly; if an operation has several points, the first that the kernel has counts.</param>
public sealed record PlayOptions(double Pace = 1, Func<string, bool>? IsKnown = null, IReadOnlyList<ExactPoint>? Points = null)
{
    /// <summary>Whether a point is left out if the kernel has no such function; otherwise that is an error.</summary>
    public bool MayMiss { get; init; }

    /// <summary>How long the kernel may take to come to a point; null for as long as something must stay wrong to count.</summary>
    public TimeSpan? PointTime { get; init; }
}

/// <summary>Plays a campaign on a real guest and drives it to rest.</summary>
/// <remarks>
/// A schedule cannot be chosen: the number of scheduling points between two operations becomes microseconds. Requests to the
/// agent that follow each other go in one message, so that their distances are exact within the guest.
/// </remarks>
public sealed class CampaignPlayer
{
    private const int LongestWait = 2000;
    private static readonly TimeSpan UsualQuietTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HopelessQuietTime = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestQuietTime = TimeSpan.FromSeconds(20);
    private readonly Vm vm;
    private readonly PlayOptions options;
    private readonly TaskWatch tasks;
    private readonly Pending pending = new();
    private readonly List<AgentRequest> batch = [];
    private readonly List<string> notes = [];
    private readonly List<ExactPoint> unknown = [];
    private IReadOnlyList<ExactPoint> used = [];
    private readonly List<string> log = [];
    private TimeSpan quietTime = UsualQuietTime;
    private double delay;
    private long sentAt;

    /// <summary>Plays on a machine whose guest was just booted or reset.</summary>
    public CampaignPlayer(Vm vm, PlayOptions options)
    {
        this.vm = vm;
        this.options = options;
        tasks = new TaskWatch(vm);
    }

    private HostDevices host = null!;

    /// <summary>Plays a campaign to its end.</summary>
    /// <returns>What is wrong with the guest afterwards, or with QEMU.</returns>
    public async Task<Outcome> Play(Campaign campaign, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        Observation? problem = null;
        var canReset = false;
        using var devices = new HostDevices(vm, DisksGrow(campaign));
        host = devices;
        var rest = new RestInspection(vm, host, pending, log, options.IsKnown);
        var places = "";
        try
        {
            if (campaign.Deviations.Count > 0) notes.Add($"{campaign.Deviations.Count} deviations: a schedule cannot be chosen");
            if (campaign.Faults.Count > 0) notes.Add($"{campaign.Faults.Count} faults: allocations do not fail here");
            await StartAll(campaign.Operations, stop).ConfigureAwait(false);
            await Flush(stop).ConfigureAwait(false);
            problem = await rest.Inspect(UsesPaths(campaign), stop).ConfigureAwait(false);
            canReset = host.IsBare;
            places = await Places(stop).ConfigureAwait(false);
        }
        catch (MachineException e) when (e.Fault != MachineFault.NoFunction)
        {
            await Task.Delay(100, stop).ConfigureAwait(false); // a QEMU that is ending has ended then, and its log is complete
            problem = await FromLog(e, stop).ConfigureAwait(false);
            if (problem is null && e.Fault == MachineFault.AgentSilent) problem = await Spinning(rest, stop).ConfigureAwait(false);
            problem ??= Describe(e);
        }
        log.AddRange(vm.Log.ReadNew());
        var signs = new Signs(log, vm.Trace.ReadNew(), [.. pending.Results, .. rest.States], places);
        return new Outcome(problem, signs, host.Plugs, notes, canReset) 
        {
            Unknown = unknown,
            Points = used,
        };
    }

    /// <summary>What the log says about a failure; where a processor spins, RCU says so after a while.</summary>
    private async Task<Observation?> FromLog(MachineException e, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            log.AddRange(vm.Log.ReadNew());
            if (LogOracle.Look(log) is { } problem)
            {
                await Task.Delay(UsualQuietTime, stop).ConfigureAwait(false); // the rest of the report
                log.AddRange(vm.Log.ReadNew());
                return LogOracle.Look(log) ?? problem;
            }
            if (e.Fault != MachineFault.AgentSilent || vm.HasDied || Stopwatch.GetElapsedTime(start) > vm.Settings.StallTime) return null;
            await Task.Delay(HopelessQuietTime, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Where a processor spins, if one does: looked up after a reset. The machine is of no further use.</summary>
    private async Task<Observation?> Spinning(RestInspection rest, CancellationToken stop)
    {
        try
        {
            var chains = await SpinningProcessor.Look(vm, stop).ConfigureAwait(false);
            log.AddRange(vm.Log.ReadNew()); // a reset empties it
            await host.UnplugAll(stop).ConfigureAwait(false);
            await rest.RemoveBackEnds(stop).ConfigureAwait(false);
            return host.IsBare && await vm.TryReset(stop).ConfigureAwait(false)
                ? await SpinningProcessor.Name(vm, chains, stop).ConfigureAwait(false)
                : null;
        }
        catch (MachineException)
        {
            return null; // then nothing more is known
        }
    }

    private static bool UsesPaths(Campaign campaign) => campaign.Operations.Any(o => o.Opcode is Opcode.Vary or Opcode.CioIgnore);

    private static bool DisksGrow(Campaign campaign)
    {
        var disks = campaign.Operations
            .Where(o => o is { Opcode: Opcode.Plug, Type: DeviceType.Blk or DeviceType.Scsi })
            .Select(o => o.Slot);
        return campaign.Operations.Any(o => o.Opcode == Opcode.ConfigChange && disks.Contains(o.Slot));
    }

    private async Task<string> Places(CancellationToken stop)
    {
        if (!vm.HasCoverage) return "";
        var answer = await vm.Agent.Call("coverage", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        return answer.Text;
    }

    private Observation Describe(MachineException e)
    {
        var oracle = vm.HasDied || e.Fault == MachineFault.QemuDied ? "qemu-died"
            : e.Fault == MachineFault.AgentSilent ? "agent-silent" : "qemu-refused";
        return new Observation(oracle, e.Message, [], [.. vm.LastWords.Split(" / "), .. vm.Log.Tail]);
    }

    private async Task StartAll(IReadOnlyList<Operation> operations, CancellationToken stop)
    {
        var time = options.PointTime ?? vm.Settings.Patience;
        await using var points = new ExactPoints(vm, time);
        foreach (var point in options.Points ?? [])
        {
            if (await points.TryAdd(point, stop).ConfigureAwait(false)) continue;
            if (!options.MayMiss) throw points.NoFunction(point);
            unknown.Add(point);
        }
        used = points.All;
        for (var number = 1; number <= operations.Count; number++)
        {
            var operation = operations[number - 1];
            var next = number < operations.Count ? points.Of(number + 1) : null;
            if (points.Of(number) is { } here)
            {
                await OnHost(operation, stop).ConfigureAwait(false); // the machine has stopped there
                await points.Hold(here, stop).ConfigureAwait(false);
                if (next is null) await points.Release(stop).ConfigureAwait(false);
            }
            if (next is not null) await points.Arm(next, stop).ConfigureAwait(false);
            await Start(operation, isDone: points.Of(number) is not null, waits: next is null, stop).ConfigureAwait(false);
            if (next is null || await points.Reach(next, stop).ConfigureAwait(false)) continue;
            Note(operations[number], $"the kernel did not come to '{next}' within {time.TotalSeconds:0.#} s");
        }
    }

    private async Task Start(Operation operation, bool isDone, bool waits, CancellationToken stop)
    {
        if (isDone)
        {
            sentAt = Stopwatch.GetTimestamp();
            delay = 0;
        }
        else if (RealOperations.WhyNot(operation) is { } reason) Note(operation, reason);
        else if (RealOperations.Request(operation, host.BusId(operation.Slot)) is { } request)
        {
            batch.Add(new AgentRequest(request, (long)delay));
        }
        else
        {
            await Flush(stop).ConfigureAwait(false);
            await PassTime(stop).ConfigureAwait(false);
            await OnHost(operation, stop).ConfigureAwait(false);
            sentAt = Stopwatch.GetTimestamp();
            delay = 0;
        }
        if (!waits)
        {
            await Flush(stop).ConfigureAwait(false);
            delay = 0;
            return;
        }
        if (!operation.WaitsUntilQuiet)
        {
            delay += operation.Points * options.Pace;
            return;
        }
        await Flush(stop).ConfigureAwait(false);
        await Quiet(stop).ConfigureAwait(false);
        delay = 0;
    }

    private async Task OnHost(Operation operation, CancellationToken stop)
    {
        switch (operation.Opcode)
        {
            case Opcode.Wait:
                await Task.Delay(Math.Min(operation.Milliseconds, LongestWait), stop).ConfigureAwait(false);
                break;
            case Opcode.Reset:
                vm.Agent.Forget(boots: true);
                pending.Forget();
                await vm.Execute("system_reset", null, stop).ConfigureAwait(false);
                await vm.Agent.WaitUntilReady(vm.Settings.BootTime, stop).ConfigureAwait(false);
                break;
            default:
                if (await host.Do(operation, stop).ConfigureAwait(false) is { } refusal) Note(operation, refusal);
                break;
        }
    }

    private void Note(Operation operation, string text) => notes.Add($"{CampaignText.Write(operation)}: {text}");

    private async Task Flush(CancellationToken stop)
    {
        if (batch.Count == 0) return;
        sentAt = Stopwatch.GetTimestamp();
        await Send(batch, stop).ConfigureAwait(false);
        batch.Clear();
    }

    /// <summary>Lets the microseconds pass that are asked for since the last message. They are too few to sleep.</summary>
    private async Task PassTime(CancellationToken stop)
    {
        const int Sleepable = 20_000;
        if (delay > Sleepable) await Task.Delay(TimeSpan.FromMicroseconds(delay - Sleepable), stop).ConfigureAwait(false);
        while (Stopwatch.GetElapsedTime(sentAt).TotalMicroseconds < delay) Thread.SpinWait(20);
    }

    /// <summary>Waits until nothing moves in the guest, as long as something does; what sleeps for ever is not waited for again.</summary>
    private async Task Quiet(CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        // Not /proc/cio_settle: that waits for delayed work as well, for which time has to pass.
        while (true)
        {
            await Send([new($"rest {quietTime.TotalMilliseconds:0} 0")], stop).ConfigureAwait(false);
            if (await pending.Wait(quietTime + HopelessQuietTime, stop).ConfigureAwait(false) && pending.WasQuiet) return;
            if (quietTime == HopelessQuietTime) return;
            if (Stopwatch.GetElapsedTime(start) < LongestQuietTime && (await tasks.Look(stop).ConfigureAwait(false)).IsMoving) continue;
            quietTime = HopelessQuietTime;
            notes.Add("a task sleeps, or a request does not end: from then on nothing waits until the guest is quiet");
            return;
        }
    }

    private async Task Send(IReadOnlyList<AgentRequest> requests, CancellationToken stop) =>
        pending.Add(await vm.Agent.Send(requests, vm.Settings.AnswerTime, stop).ConfigureAwait(false), requests);
}
