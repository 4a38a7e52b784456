using System.Globalization;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Qemu;

namespace CcwFuzz.Machine.Play;

/// <summary>Finds out where a processor spins in a guest that says nothing any more.</summary>
/// <remarks>
/// The addresses are in the registers and on the stack. The guest gives them names after its reset: the snapshot has the same kernel and
/// the same modules at the same addresses.
/// </remarks>
internal static class SpinningProcessor
{
    private const int Looks = 8;
    private const int MostAtOnce = 8; // of the agent's request
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    /// <summary>Functions of interrupts: where one is in the chain, it says nothing about who spins.</summary>
    private static readonly string[] Interrupts =
        ["do_ext_irq", "ext_int_handler", "do_io_irq", "io_int_handler", "do_mcck", "mcck_int_handler"];

    /// <summary>Functions of a processor that has nothing to do.</summary>
    private static readonly string[] Rest = ["arch_cpu_idle", "psw_idle", "default_idle_call", "do_idle"];

    /// <summary>Reads the addresses, some times one after the other.</summary>
    /// <exception cref="MachineException">QEMU does not answer.</exception>
    public static async Task<IReadOnlyList<IReadOnlyList<ulong>>> Look(Vm vm, CancellationToken stop)
    {
        var chains = new List<IReadOnlyList<ulong>>();
        for (var i = 0; i < Looks; i++)
        {
            await using var debugger = await GdbClient.Connect(vm.DebuggerPath, vm.Settings.AnswerTime, stop).ConfigureAwait(false);
            chains.Add(await KernelStack.Read(debugger, stop).ConfigureAwait(false));
            await debugger.Detach(stop).ConfigureAwait(false);
            await Task.Delay(Between, stop).ConfigureAwait(false);
        }
        return chains;
    }

    /// <summary>Says where it spins, with the names of a guest that was reset.</summary>
    /// <returns>What most looks say; null if it was at rest, or each look met an interrupt.</returns>
    /// <exception cref="MachineException">The agent does not answer.</exception>
    public static async Task<Observation?> Name(Vm vm, IReadOnlyList<IReadOnlyList<ulong>> chains, CancellationToken stop)
    {
        var named = new List<IReadOnlyList<string>>();
        foreach (var chain in chains)
        {
            var lines = await Places(vm, chain, stop).ConfigureAwait(false);
            var functions = lines.Select(KernelFunctions.Of).OfType<string>().ToList();
            if (functions.Intersect(Rest).Any()) return null;
            if (!functions.Intersect(Interrupts).Any() && functions.Any(f => !KernelFunctions.IsUnspecific(f))) named.Add(lines);
        }
        // What lies between two functions, as the tables of a module do, has the name of the one before.
        var found = named.GroupBy(l => KernelFunctions.OfStack(l)[0]).MaxBy(g => g.Count())?.First();
        if (found is null) return null;
        var names = KernelFunctions.OfStack(found);
        return new Observation("lockup", $"the processor spins in {names[0]}, and the guest says nothing any more", names, found);
    }

    private static async Task<IReadOnlyList<string>> Places(Vm vm, IReadOnlyList<ulong> chain, CancellationToken stop)
    {
        var places = new List<string>();
        foreach (var part in chain.Distinct().Chunk(MostAtOnce))
        {
            var addresses = string.Join(' ', part.Select(a => a.ToString("x", CultureInfo.InvariantCulture)));
            var answer = await vm.Agent.Call($"places {addresses}", vm.Settings.AnswerTime, stop).ConfigureAwait(false);
            places.AddRange(answer.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "-"));
        }
        return [.. places.Select(p => $"[<0>] {p}/0x0")];
    }
}
