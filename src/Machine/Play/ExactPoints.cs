using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Qemu;

namespace CcwFuzz.Machine.Play;

/// <summary>Stops a machine at the points where operations of the host shall happen.</summary>
/// <param name="vm">The machine.</param>
/// <param name="time">How long it may take to come to a point.</param>
internal sealed class ExactPoints(Vm vm, TimeSpan time) : IAsyncDisposable
{
    private readonly Dictionary<int, (ExactPoint Point, ulong Address)> points = [];
    private GdbClient? debugger;

    /// <summary>Looks up where a point is; the first of an operation counts.</summary>
    /// <returns>False if the kernel has no such function.</returns>
    public async Task<bool> TryAdd(ExactPoint point, CancellationToken stop)
    {
        if (await vm.Symbol(point.Function, stop).ConfigureAwait(false) is not { } address) return false;
        points.TryAdd(point.Operation, (point, address));
        return true;
    }

    /// <summary>All of them, in the order of their operations.</summary>
    public IReadOnlyList<ExactPoint> All => [.. points.OrderBy(p => p.Key).Select(p => p.Value.Point)];

    /// <summary>Says that the kernel has no such function.</summary>
    public MachineException NoFunction(ExactPoint point) => new(
        MachineFault.NoFunction,
        $"kernel {vm.KernelRelease} has no function '{point.Function}' to stop at (it may have another name, or be inlined)");

    /// <summary>The point of an operation; null if it has none.</summary>
    /// <param name="operation">Its number, from 1.</param>
    public ExactPoint? Of(int operation) => points.TryGetValue(operation, out var found) ? found.Point : null;

    /// <summary>Makes the machine stop when it comes to a point; lets it run until then.</summary>
    public async Task Arm(ExactPoint point, CancellationToken stop)
    {
        debugger ??= await GdbClient.Connect(vm.DebuggerPath, vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        await debugger.Break(points[point.Operation].Address, isSet: true, stop).ConfigureAwait(false);
        await debugger.Continue(stop).ConfigureAwait(false);
    }

    /// <summary>Waits until it is there. It has stopped then, there or elsewhere.</summary>
    /// <returns>Whether it is there.</returns>
    public async Task<bool> Reach(ExactPoint point, CancellationToken stop)
    {
        var address = points[point.Operation].Address;
        for (var i = 1; ; i++)
        {
            if (!await debugger!.WaitForBreak(time, stop).ConfigureAwait(false)) break;
            var isLast = i == point.Count;
            var after = isLast && point.IsReturn ? await debugger.ReturnAddress(stop).ConfigureAwait(false) : 0;
            await debugger.Break(address, isSet: false, stop).ConfigureAwait(false);
            if (isLast && !point.IsReturn) return true;
            if (isLast) return await Reach(after, stop).ConfigureAwait(false);
            await debugger.Step(stop).ConfigureAwait(false);
            await debugger.Break(address, isSet: true, stop).ConfigureAwait(false);
            await debugger.Continue(stop).ConfigureAwait(false);
        }
        await debugger.Break(address, isSet: false, stop).ConfigureAwait(false);
        return false;
    }

    /// <summary>Lets all CPUs but the one that is at the point go on for a while.</summary>
    public async Task Hold(ExactPoint point, CancellationToken stop)
    {
        var others = Enumerable.Range(1, vm.Settings.Cpus).Where(c => c != debugger!.StoppedCpu).ToList();
        if (point.Hold == 0 || others.Count == 0) return;
        await debugger!.Continue(others, stop).ConfigureAwait(false);
        await debugger.WaitForBreak(TimeSpan.FromMilliseconds(point.Hold), stop).ConfigureAwait(false);
    }

    /// <summary>Lets the machine go on for good.</summary>
    public async Task Release(CancellationToken stop)
    {
        if (debugger is null) return;
        await debugger.Detach(stop).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (debugger is not null) await debugger.DisposeAsync().ConfigureAwait(false);
        debugger = null;
    }

    /// <remarks>A function that waits returns later, perhaps never; another task may come there first.</remarks>
    private async Task<bool> Reach(ulong address, CancellationToken stop)
    {
        await debugger!.Break(address, isSet: true, stop).ConfigureAwait(false);
        await debugger.Continue(stop).ConfigureAwait(false);
        var isThere = await debugger.WaitForBreak(time, stop).ConfigureAwait(false);
        await debugger.Break(address, isSet: false, stop).ConfigureAwait(false);
        return isThere;
    }
}
