using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Qemu;

namespace CcwFuzz.Machine.Play;

/// <summary>Finds out where a processor spins in a guest that says nothing any more.</summary>
/// <remarks>
/// The addresses are in the registers and on the stack. What they are called, the same guest knows once it is reset: its snapshot has the
/// same kernel and the same modules at the same places.
/// </remarks>
internal static class SpinningProcessor
{
    private const int Looks = 8;
    private const int MostAtOnce = 8; // of the agent's request
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    /// <summary>Functions of interrupts: a look at such a moment says nothing about who spins. And those of a processor at rest.</summary>
    private static readonly string[] Interrupts = ["do_ext_irq", "ext_int_handler", "do_io_irq", "io_int_handler", "do_mcck", "mcck_int_handler"];

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
    /// <returns>Null if it was at rest, or each look met an interrupt.</returns>
    /// <exception cref="MachineException">The agent does not answer.</exception>
    public static async Task<Observation?> Name(Vm vm, IReadOnlyList<IReadOnlyList<ulong>> chains, CancellationToken stop)
    {
        foreach (var chain in chains)
        {
            var places = new List<string>();
            foreach (var part in chain.Distinct().Chunk(MostAtOnce))
            {
                var request = $"places {string.Join(' ', part.Select(a => a.ToString("x", System.Globalization.CultureInfo.InvariantCulture)))}";
                AgentReply answer = await vm.Agent.Call(request, vm.Settings.AnswerTime, stop).ConfigureAwait(false);
                places.AddRange(answer.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(p => p != "-"));
            }
            var lines = places.Select(p => $"[<0>] {p}/0x0").ToList();
            var all = lines.Select(KernelFunctions.Of).ToList();
            if (all.Intersect(Rest).Any()) return null;
            if (all.Count < 2 || all.Intersect(Interrupts).Any()) continue;
            var functions = KernelFunctions.OfStack(lines);
            if (KernelFunctions.IsUnspecific(functions[0])) continue;
            return new Observation("lockup", $"the processor spins in {functions[0]}, and the guest says nothing any more", functions, lines);
        }
        return null;
    }
}
