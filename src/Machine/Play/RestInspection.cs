using System.Diagnostics;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Qemu;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Machine.Play;

/// <summary>Drives a guest to rest after a campaign and looks what is wrong with it.</summary>
/// <param name="vm">The machine.</param>
/// <param name="host">Its devices.</param>
/// <param name="pending">What the agent has not answered yet.</param>
/// <param name="log">Where the kernel's log goes.</param>
internal sealed class RestInspection(Vm vm, HostDevices host, Dictionary<Task<AgentReply>, string> pending, List<string> log)
{
    private const int MostFiles = 8;
    private const int ReportLooks = 10;
    private static readonly TimeSpan ReportTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);

    /// <summary>A device of its own number shows whether anything can still be plugged.</summary>
    private static readonly Operation Canary = new(Opcode.Plug, 3, (ushort)PlugType.Rng);

    /// <summary>Inspects the guest and leaves it without devices.</summary>
    /// <returns>The first thing that is wrong; null if nothing is.</returns>
    /// <exception cref="MachineException">The agent or QEMU does not answer.</exception>
    public async Task<Observation?> Inspect(bool restorePaths, CancellationToken stop)
    {
        await Pending.Wait(pending, QuietTime, stop).ConfigureAwait(false);
        var problem = await FromLog(stop).ConfigureAwait(false);
        if (restorePaths) await Restore(stop).ConfigureAwait(false);
        await host.Deflate(stop).ConfigureAwait(false);
        await CloseAll(stop).ConfigureAwait(false);
        problem ??= await Await(host.BusIds, "with all devices", stop).ConfigureAwait(false);
        await host.UnplugAll(stop).ConfigureAwait(false);
        problem ??= await Await([], "with all devices unplugged", stop).ConfigureAwait(false);
        if (problem is null)
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
            var answers = await vm.Agent.Send([new AgentRequest(request)], vm.Settings.AnswerTime, stop).ConfigureAwait(false);
            pending[answers[0]] = request;
            await Pending.Wait(pending, QuietTime, stop).ConfigureAwait(false);
        }
    }

    private async Task CloseAll(CancellationToken stop)
    {
        var all = Enumerable.Range(0, Operation.Slots * MostFiles).Select(i => new AgentRequest($"close {i % Operation.Slots}")).ToList();
        var answers = await vm.Agent.Send(all, vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        for (var i = 0; i < all.Count; i++) pending[answers[i]] = all[i].Verb;
        await Pending.Wait(pending, QuietTime, stop).ConfigureAwait(false);
    }

    /// <summary>Waits until guest and host agree on the devices, no task sleeps uninterruptibly, and nothing is unanswered.</summary>
    /// <remarks>Probing shows as such a task: what comes next must not meet it, or it would be blamed on the campaign.</remarks>
    private async Task<Observation?> Await(IEnumerable<string> busIds, string when, CancellationToken stop)
    {
        var expected = busIds.Order(StringComparer.Ordinal).ToList();
        var start = Stopwatch.GetTimestamp();
        var look = Look;
        while (true)
        {
            var before = await Devices(stop).ConfigureAwait(false);
            await Pending.Wait(pending, TimeSpan.Zero, stop).ConfigureAwait(false);
            if (await FromLog(stop).ConfigureAwait(false) is { } problem) return problem;
            var shown = before.Select(BusIdOf).ToList();
            if (shown.SequenceEqual(expected) && pending.Count == 0 && (await Stuck(stop).ConfigureAwait(false)).Count == 0
                && before.SequenceEqual(await Devices(stop).ConfigureAwait(false)))
                return null;
            if (Stopwatch.GetElapsedTime(start) > vm.Settings.Patience)
                return await Explain(shown, expected, when, stop).ConfigureAwait(false);
            await Task.Delay(look, stop).ConfigureAwait(false);
            look *= 1.5;
        }
    }

    private async Task<IReadOnlyList<StuckTask>> Stuck(CancellationToken stop) =>
        StuckTask.Parse((await vm.Agent.Call("stuck", vm.Settings.AnswerTime, stop).ConfigureAwait(false)).Text);

    private async Task<Observation?> Explain(List<string> shown, List<string> expected, string when, CancellationToken stop)
    {
        // Transfers wait for what may never come; what they keep from ending is seen in the devices.
        foreach (var (task, _) in pending.Where(p => p.Value.StartsWith("get ", StringComparison.Ordinal)).ToList()) pending.Remove(task);
        var agree = shown.SequenceEqual(expected);
        var stuck = await Stuck(stop).ConfigureAwait(false);
        if (agree && pending.Count == 0 && stuck.Count == 0) return null;
        if (stuck.Count > 0) return StuckTask.Describe(stuck);
        if (!agree)
        {
            var lost = expected.Except(shown).Any();
            return new Observation(
                lost ? "lost-device" : "ghost-device",
                lost ? $"the guest does not show a device that is there, {when}" : $"the guest shows a device that is gone, {when}",
                [when.Split(' ')[^1]],
                [$"host:  {string.Join(' ', expected)}", $"guest: {string.Join(' ', shown)}"]);
        }
        // The agent shows every request that has not ended: these answers were lost on the console.
        pending.Clear();
        return null;
    }

    private async Task<List<string>> Devices(CancellationToken stop)
    {
        var answer = await vm.Agent.Call("devices", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        return [.. answer.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    private static string BusIdOf(string device) => device.Split('=')[0];

    private async Task RemoveBackEnds(CancellationToken stop)
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
