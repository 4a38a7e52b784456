using System.Diagnostics;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Hypervisor;

namespace CcwFuzz.Machine.Play;

/// <summary>Drives a guest to rest after a campaign and looks what is wrong with it.</summary>
/// <param name="vm">The machine.</param>
/// <param name="host">Its devices.</param>
/// <param name="pending">What the agent has not answered yet.</param>
/// <param name="log">Where the kernel's log goes.</param>
/// <param name="isKnown">Whether a problem was seen before.</param>
internal sealed class RestInspection(Vm vm, HostDevices host, Pending pending, List<string> log, Func<string, bool>? isKnown)
{
    private const int ReportLooks = 10;
    private static readonly TimeSpan ReportTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(30);
    /// <summary>How many times the usual patience a guest gets whose tasks go on.</summary>
    private const double SlowFactor = 6;

    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);

    /// <summary>How long the guest itself waits until nothing moves before it is looked at from here.</summary>
    private static readonly TimeSpan RestTime = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the guest has before it is looked at more closely: then a problem that was seen before counts at once.</summary>
    private static readonly TimeSpan KnownTime = TimeSpan.FromSeconds(1.5);

    /// <summary>Plugged where a campaign left no device, to see whether the guest still notices that one comes and goes.</summary>
    private static readonly Operation Canary = new(Opcode.Plug, 3, (ushort)DeviceType.Rng);

    private int sleepers;

    /// <summary>What became of the devices: which are online, with which drivers.</summary>
    public HashSet<string> States { get; } = new(StringComparer.Ordinal);

    /// <summary>Inspects the guest and leaves it without devices.</summary>
    /// <returns>The first thing that is wrong; null if nothing is.</returns>
    /// <exception cref="MachineException">The agent or QEMU does not answer.</exception>
    public async Task<Observation?> Inspect(bool restorePaths, CancellationToken stop)
    {
        await pending.Wait(QuietTime, stop).ConfigureAwait(false);
        var problem = await FromLog(stop).ConfigureAwait(false);
        if (restorePaths) await Restore(stop).ConfigureAwait(false);
        await host.Deflate(stop).ConfigureAwait(false);
        await CloseAll(stop).ConfigureAwait(false);
        var left = host.BusIds.ToList();
        problem ??= await Await(left, "with all devices", stop).ConfigureAwait(false);
        await host.UnplugAll(stop).ConfigureAwait(false);
        problem ??= await Await([], "with all devices unplugged", stop).ConfigureAwait(false);
        if (problem is null && left.Count == 0)
        {
            await host.Do(Canary, stop).ConfigureAwait(false);
            problem = await Await(host.BusIds, "when another device is plugged", stop).ConfigureAwait(false);
            await host.UnplugAll(stop).ConfigureAwait(false);
            problem ??= await Await([], "when that device is unplugged", stop).ConfigureAwait(false);
        }
        await RemoveBackEnds(stop).ConfigureAwait(false);
        return await FromLog(stop).ConfigureAwait(false) ?? problem;
    }

    /// <summary>Undoes what hides devices from the guest on purpose.</summary>
    private async Task Restore(CancellationToken stop)
    {
        foreach (var request in (string[])["write /sys/devices/css0/chp0.00/status on", "write /proc/cio_ignore free all", "settle"])
        {
            await Send([new AgentRequest(request)], stop).ConfigureAwait(false);
            await pending.Wait(QuietTime, stop).ConfigureAwait(false);
        }
    }

    private Task CloseAll(CancellationToken stop) =>
        Send([.. Enumerable.Range(0, Operation.Slots).Select(s => new AgentRequest($"closeall {s}"))], stop);

    private async Task Send(IReadOnlyList<AgentRequest> requests, CancellationToken stop) =>
        pending.Add(await vm.Agent.Send(requests, vm.Settings.AnswerTime, stop).ConfigureAwait(false), requests);

    /// <summary>Waits until guest and host agree on the devices, no task sleeps uninterruptibly, and nothing is unanswered.</summary>
    /// <remarks>Probing shows as such a task: what comes next must not meet it, or it would be blamed on the campaign.</remarks>
    private async Task<Observation?> Await(IEnumerable<string> busIds, string when, CancellationToken stop)
    {
        var expected = busIds.Order(StringComparer.Ordinal).ToList();
        var names = expected.Count > 0 ? string.Join(' ', expected) : "none";
        var start = Stopwatch.GetTimestamp();
        var isExplained = false;
        while (true)
        {
            var answer = await vm.Agent.Call($"rest {RestTime.TotalMilliseconds:0} {sleepers} {names}", vm.Settings.AnswerTime, stop)
                .ConfigureAwait(false);
            await pending.Wait(TimeSpan.Zero, stop).ConfigureAwait(false);
            if (await FromLog(stop).ConfigureAwait(false) is { } problem) return problem;
            if (answer.Error == 0)
            {
                foreach (var device in Devices(answer)) States.Add(device[(device.IndexOf('=', StringComparison.Ordinal) + 1)..]);
                return null;
            }
            var elapsed = Stopwatch.GetElapsedTime(start);
            var isLast = elapsed > vm.Settings.Patience;
            if (!isLast && (isExplained || elapsed < KnownTime)) continue;
            isExplained = true;
            var (found, isMoving) = await Explain(expected, when, stop).ConfigureAwait(false);
            if (isMoving && elapsed < vm.Settings.Patience * SlowFactor) continue;
            if (found is null && (isLast || pending.Count > 0))
            {
                // These requests sleep until a signal comes, or their answers were lost on the console: they are not waited for again.
                sleepers = pending.Count;
                return null;
            }
            if (found is not null && (isLast || isKnown?.Invoke(found.Key) is true)) return found;
        }
    }

    /// <summary>Says why the guest does not come to rest.</summary>
    /// <returns>The reason, if it is something wrong; and whether tasks sleep that go on, so that it still may.</returns>
    private async Task<(Observation? Found, bool IsMoving)> Explain(List<string> expected, string when, CancellationToken stop)
    {
        var (stuck, isMoving) = await new TaskWatch(vm).Look(stop).ConfigureAwait(false);
        if (isMoving) return (null, true);
        if (stuck.Count > 0) return (StuckTask.Describe(stuck), false);
        var devices = await vm.Agent.Call("devices", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        var shown = Devices(devices).Select(d => d.Split('=')[0]).ToList();
        if (shown.SequenceEqual(expected)) return (null, false);
        var subchannels = await vm.Agent.Call("subchannels", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        var isLost = expected.Except(shown).Any();
        var what = isLost ? "the guest does not show a device that is there" : "the guest shows a device that is gone";
        return (new Observation(
            isLost ? "lost-device" : "ghost-device", $"{what}, {when}", [when.Split(' ')[^1]],
            [
                $"host:  {string.Join(' ', expected)}", $"guest: {devices.Text.Trim()}",
                .. subchannels.Text.Split('|').Select(s => $"subchannel {s}"),
            ]), false);
    }

    private static IReadOnlyList<string> Devices(AgentReply answer) =>
        [.. answer.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    /// <summary>Removes what devices that are gone were made of; waits for those that QEMU still uses.</summary>
    public async Task RemoveBackEnds(CancellationToken stop)
    {
        const int Tries = 10;
        for (var i = 0; i < Tries; i++)
        {
            await host.RemoveBackEnds(stop).ConfigureAwait(false);
            if (host.IsBare) return;
            await Task.Delay(Look, stop).ConfigureAwait(false);
        }
    }

    private async Task<Observation?> FromLog(CancellationToken stop)
    {
        log.AddRange(vm.Log.ReadNew());
        if (LogOracle.Look(log) is null) return null;
        // The rest of a report is on its way: its functions are the key.
        var length = 0;
        for (var i = 0; i < ReportLooks && length != log.Count; i++)
        {
            length = log.Count;
            await Task.Delay(ReportTime, stop).ConfigureAwait(false);
            log.AddRange(vm.Log.ReadNew());
        }
        return LogOracle.Look(log);
    }
}
