using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Guests;
using CcwFuzz.Machine.Io;
using CcwFuzz.Machine.Logs;

namespace CcwFuzz.Machine.Qemu;

/// <summary>A machine with a Linux guest whose agent answers; it goes back to that state by a snapshot.</summary>
public sealed class Vm : IAsyncDisposable
{
    private const string SnapshotName = "ready";
    /// <summary>The kernel reports a spinning processor before the agent counts as silent (<see cref="VmSettings.AnswerTime"/>).</summary>
    private const string Stalls = "rcupdate.rcu_cpu_stall_timeout=8";

    private const string TraceName = "trace.log";
    private const string DebuggerName = "gdb";
    private readonly VmSettings settings;
    private readonly QemuProcess process;
    private readonly Dictionary<string, ulong?> symbols = new(StringComparer.Ordinal); // the next boot may place the kernel elsewhere
    private bool hasSnapshot;

    private Vm(VmSettings settings, QemuProcess process)
    {
        this.settings = settings;
        this.process = process;
        Log = new KernelLog(Path.Combine(process.Folder, "console.log"));
        Trace = new KernelLog(Path.Combine(process.Folder, TraceName));
    }

    /// <summary>Where its sockets and logs are.</summary>
    public string Folder => process.Folder;

    /// <summary>The socket of QEMU's stub for debuggers.</summary>
    public string DebuggerPath => Path.Combine(process.Folder, DebuggerName);

    /// <summary>QEMU's monitor.</summary>
    public QmpClient Monitor { get; private set; } = null!;

    /// <summary>The guest's agent.</summary>
    public AgentClient Agent { get; private set; } = null!;

    /// <summary>The kernel's log.</summary>
    public KernelLog Log { get; }

    /// <summary>What QEMU traces.</summary>
    public KernelLog Trace { get; }

    /// <summary>Release of the kernel.</summary>
    public string KernelRelease { get; private set; } = "";

    /// <summary>Version of QEMU.</summary>
    public string QemuVersion { get; private set; } = "";

    /// <summary>Whether the kernel has kcov.</summary>
    public bool HasCoverage { get; private set; }

    /// <summary>From the start of QEMU to the agent's first line.</summary>
    public TimeSpan Boot { get; private set; }

    /// <summary>What it was made from.</summary>
    public VmSettings Settings => settings;

    /// <summary>Whether QEMU ended.</summary>
    public bool HasDied => process.HasExited;

    /// <summary>What QEMU said last.</summary>
    public string LastWords => process.LastWords;

    /// <summary>Starts a machine and waits until its agent answers.</summary>
    /// <exception cref="MachineException">It does not come up; the message ends with the log's tail.</exception>
    public static async Task<Vm> Start(VmSettings settings, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var folder = QemuProcess.NewFolder();
        try
        {
            await SnapshotDisk.Make(folder, stop).ConfigureAwait(false);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
        return await Attach(settings, QemuProcess.Start(settings.Qemu, Arguments(settings, folder), folder), stop).ConfigureAwait(false);
    }

    /// <summary>Takes over a process that was started, with its sockets in its folder.</summary>
    /// <exception cref="MachineException">The guest does not come up; the message ends with the log's tail.</exception>
    internal static async Task<Vm> Attach(VmSettings settings, QemuProcess process, CancellationToken stop)
    {
        var vm = new Vm(settings, process);
        try
        {
            await vm.BringUp(stop).ConfigureAwait(false);
            return vm;
        }
        catch (MachineException e)
        {
            vm.Log.ReadNew();
            var words = string.Join(" / ", vm.Log.Tail.TakeLast(5).Prepend(vm.LastWords).Where(l => l.Length > 0));
            await vm.DisposeAsync().ConfigureAwait(false);
            throw new MachineException(MachineFault.Setup, words.Length > 0 ? $"{e.Message}: {words}" : e.Message);
        }
        catch
        {
            await vm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Where a function of the kernel is; null if it has none of that name.</summary>
    /// <exception cref="MachineException">The agent does not answer.</exception>
    public async Task<ulong?> Symbol(string function, CancellationToken stop)
    {
        if (symbols.TryGetValue(function, out var known)) return known;
        var answer = await Agent.Call($"symbol {function}", settings.AnswerTime, stop).ConfigureAwait(false);
        var isThere = ulong.TryParse(answer.Text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var address);
        return symbols[function] = answer.Error == 0 && isThere ? address : null;
    }

    /// <summary>Executes a command of the monitor.</summary>
    /// <exception cref="MachineException">It was refused, or QEMU is gone.</exception>
    public Task<JsonNode?> Execute(string command, JsonObject? arguments, CancellationToken stop) =>
        Monitor.Execute(command, arguments, settings.AnswerTime, stop);

    /// <summary>Goes back to the state right after booting. No device may be plugged.</summary>
    /// <returns>False if that did not work: the machine is of no use any more.</returns>
    public async Task<bool> TryReset(CancellationToken stop)
    {
        if (!hasSnapshot || HasDied) return false;
        try
        {
            Agent.Forget(boots: false);
            if (await Hmp($"loadvm {SnapshotName}", stop).ConfigureAwait(false) is { Length: > 0 }) return false;
            await Agent.Call("ping", settings.AnswerTime, stop).ConfigureAwait(false);
            foreach (var file in (KernelLog[])[Log, Trace])
            {
                file.ReadNew();
                file.Shrink();
            }
            return true;
        }
        catch (MachineException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The process first: nobody then has to wait for what it would have sent.
        await process.DisposeAsync().ConfigureAwait(false);
        if (Agent is not null) await Agent.DisposeAsync().ConfigureAwait(false);
        if (Monitor is not null) await Monitor.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>QEMU's command line.</summary>
    /// <remarks>
    /// Where there can be one CPU only, TCG translates atomic instructions into plain ones, and up to QEMU 8.0 barriers into nothing. But
    /// devices work in another thread: interrupts of queues might be lost, and the guest wait for what is done. Room for a second CPU that
    /// never comes makes TCG do it right (CF_PARALLEL).
    /// </remarks>
    internal static List<string> Arguments(VmSettings s, string folder) =>
    [
        "-M", "s390-ccw-virtio,accel=tcg", "-cpu", "max",
        "-m", s.Memory.ToString(CultureInfo.InvariantCulture),
        "-smp", string.Create(CultureInfo.InvariantCulture, $"{s.Cpus},maxcpus={Math.Max(s.Cpus, 2)}"),
        "-nodefaults", "-no-user-config", "-display", "none", "-action", "panic=pause",
        "-kernel", s.Guest.Kernel, "-initrd", s.Guest.Initrd,
        "-append", $"conmode=sclp console=ttyS0 agent=/dev/ttysclp0 loglevel=8 panic=0 {Stalls} {s.Append}".TrimEnd(),
        "-qmp", $"unix:{folder}/qmp,server=on,wait=off",
        "-gdb", $"unix:{folder}/{DebuggerName},server=on,wait=off",
        "-chardev", $"file,id=con,path={folder}/console.log", "-device", "sclplmconsole,chardev=con",
        "-chardev", $"socket,id=agent,path={folder}/agent,server=on,wait=off", "-device", "sclpconsole,chardev=agent",
        "-drive", $"if=none,id=snap,file={SnapshotDisk.PathIn(folder)},format=qcow2,cache=unsafe",
        "-D", Path.Combine(folder, TraceName), .. TraceSequences.Events.SelectMany(e => (string[])["-trace", e]),
    ];

    private async Task BringUp(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        Agent = await WhileAlive(AgentClient.Connect(Path.Combine(process.Folder, "agent"), settings.AnswerTime, stop), stop)
            .ConfigureAwait(false);
        Monitor = await WhileAlive(QmpClient.Connect(Path.Combine(process.Folder, "qmp"), settings.AnswerTime, stop), stop)
            .ConfigureAwait(false);
        KernelRelease = await Agent.WaitUntilReady(settings.BootTime, stop).ConfigureAwait(false);
        Boot = watch.Elapsed;
        var version = (await Execute("query-version", null, stop).ConfigureAwait(false))?["qemu"];
        QemuVersion = $"{version?["major"]}.{version?["minor"]}.{version?["micro"]}";
        const int NoEntry = 2; // ENOENT
        if (await Agent.Call("show /sys/bus/ccw/drivers/virtio_ccw", settings.AnswerTime, stop).ConfigureAwait(false) is { Error: NoEntry })
            throw new MachineException(MachineFault.Setup, $"kernel {KernelRelease} has no driver virtio_ccw (CONFIG_S390_GUEST)");
        HasCoverage = await Agent.Call("coverage", settings.AnswerTime, stop).ConfigureAwait(false) is { Error: 0 };
        hasSnapshot = await Hmp($"savevm {SnapshotName}", stop).ConfigureAwait(false) is { Length: 0 };
        Log.ReadNew();
        Trace.ReadNew();
    }

    /// <summary>Waits for a task, and ends with a fault as soon as QEMU has ended.</summary>
    private async Task<T> WhileAlive<T>(Task<T> task, CancellationToken stop)
    {
        const int Look = 20;
        while (!task.IsCompleted && !process.HasExited) await Task.WhenAny(task, Task.Delay(Look, stop)).ConfigureAwait(false);
        if (task.IsCompleted) return await task.ConfigureAwait(false);
        _ = task.ContinueWith(static t => _ = t.Exception, TaskContinuationOptions.OnlyOnFaulted);
        throw new MachineException(MachineFault.QemuDied, "QEMU ended at once");
    }

    private async Task<string?> Hmp(string line, CancellationToken stop)
    {
        var answer = await Execute("human-monitor-command", new JsonObject { ["command-line"] = line }, stop).ConfigureAwait(false);
        return answer?.GetValue<string>();
    }
}
