using System.Globalization;
using CcwFuzz.Machine.Qemu;

namespace CcwFuzz.Machine.Play;

/// <summary>Stops a machine at the points where operations of the host shall happen.</summary>
/// <param name="vm">The machine.</param>
/// <param name="points">The points.</param>
internal sealed class ExactPoints(Vm vm, IReadOnlyList<ExactPoint> points) : IAsyncDisposable
{
    private readonly Dictionary<ExactPoint, ulong> addresses = [];
    private GdbClient? debugger;

    /// <summary>Looks up where the functions are.</summary>
    /// <exception cref="MachineException">The kernel has no such function.</exception>
    public async Task Find(CancellationToken stop)
    {
        foreach (var point in points)
        {
            var answer = await vm.Agent.Call($"symbol {point.Function}", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
            if (answer.Error != 0 || !ulong.TryParse(answer.Text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var address))
                throw new MachineException(
                    MachineFault.NoFunction,
                    $"kernel {vm.KernelRelease} has no function '{point.Function}' to stop at (it may have another name, or be inlined)");
            addresses[point] = address;
        }
    }

    /// <summary>The point of an operation; null if it has none.</summary>
    /// <param name="operation">Its number, from 1.</param>
    public ExactPoint? Of(int operation) => points.FirstOrDefault(p => p.Operation == operation);

    /// <summary>Makes the machine stop when it comes to a point; lets it run until then.</summary>
    public async Task Arm(ExactPoint point, CancellationToken stop)
    {
        debugger ??= await GdbClient.Connect(vm.DebuggerPath, vm.Settings.AnswerTime, stop).ConfigureAwait(false);
        await debugger.Break(addresses[point], isSet: true, stop).ConfigureAwait(false);
        await debugger.Continue(stop).ConfigureAwait(false);
    }

    /// <summary>Waits until it is there. It has stopped then, there or elsewhere.</summary>
    /// <returns>Whether it is there.</returns>
    public async Task<bool> Reach(ExactPoint point, CancellationToken stop)
    {
        var address = addresses[point];
        for (var i = 1; ; i++)
        {
            if (!await debugger!.WaitForBreak(vm.Settings.Patience, stop).ConfigureAwait(false)) break;
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
        var isThere = await debugger.WaitForBreak(vm.Settings.Patience, stop).ConfigureAwait(false);
        await debugger.Break(address, isSet: false, stop).ConfigureAwait(false);
        return isThere;
    }
}
