using System.Diagnostics;
using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Machine.Guests;

namespace CcwFuzz.Harness.Backends;

/// <summary>Something that campaigns on a real guest need.</summary>
/// <param name="Name">What it is.</param>
/// <param name="IsThere">Whether it is there.</param>
/// <param name="Detail">Where it is, or how to get it.</param>
internal sealed record Requirement(string Name, bool IsThere, string Detail);

/// <summary>Says what is there, what is missing, and how to get it.</summary>
internal static class LinuxDoctor
{
    private const string Install = "eng/install-guest";

    /// <summary>How long a program may take to say its version.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Looks at everything that is needed.</summary>
    /// <param name="qemu">Name or file of QEMU.</param>
    /// <param name="cache">The folder of eng/install-guest.</param>
    /// <param name="patience">How long a program may take to say its version; 20 seconds if it is not given.</param>
    public static IReadOnlyList<Requirement> Examine(string qemu, string cache, TimeSpan? patience = null) =>
    [
        Program(qemu, patience ?? Patience, "QEMU", $"{Install} installs qemu-system-misc; --qemu NAME names another"),
        Program("qemu-img", patience ?? Patience, "qemu-img", $"{Install} installs qemu-utils"),
        Kernels(cache),
        Agent(cache),
        Room(),
        Memory(),
    ];

    /// <summary>MiB of memory that this machine has left.</summary>
    public static long FreeMemory()
    {
        const string Available = "MemAvailable:";
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith(Available, StringComparison.Ordinal));
        if (line is null) return 0;
        return long.Parse(line[Available.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) >> 10;
    }

    private static Requirement Memory()
    {
        var free = FreeMemory();
        var machines = free / VmSettings.Room;
        var means = machines > 0 ? $"enough for {machines} machines" : $"a machine needs {VmSettings.Room}";
        return new("memory", machines > 0, $"{free} MiB; {means}");
    }

    private static Requirement Kernels(string cache)
    {
        var names = GuestFiles.Names(cache);
        if (names.Count == 0)
            return new("kernels", false, $"none in {cache}; {Install} makes one, --kernel FILE --initrd FILE name others");
        var old = names.Where(n => !GuestFiles.IsInitrdRight(cache, n)).ToList();
        var remedy = string.Concat(old.Select(n => $"; '{n}' has no agent of this version: {Install} --name {n}"));
        return new("kernels", old.Count == 0, $"{string.Join(", ", names)} in {cache}{Others(cache)}{remedy}");
    }

    private static string Others(string cache) =>
        GuestFiles.Qemus(cache) is { Count: > 0 } qemus ? $"; other QEMUs: {string.Join(", ", qemus)}" : "";

    private static Requirement Agent(string cache)
    {
        var agent = Path.Combine(cache, "agent");
        if (!File.Exists(agent)) return new("agent", false, $"no {agent}; {Install} builds it");
        return GuestFiles.IsAgentRight(agent)
            ? new("agent", true, agent)
            : new("agent", false, $"{agent} is none of this version; {Install} builds one");
    }

    private static Requirement Room()
    {
        const long Needed = 256L << 20;
        var folder = Path.GetTempPath();
        var room = new DriveInfo(folder).AvailableFreeSpace;
        return new("room", room >= Needed, $"{room >> 20} MiB in {folder}{(room >= Needed ? "" : "; a machine needs 256")}");
    }

    private static Requirement Program(string program, TimeSpan patience, string name, string remedy)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
            var said = process.StandardOutput.ReadToEndAsync();
            // What it started may hold its output open when it has ended itself.
            if (!process.WaitForExit(patience) || !said.Wait(patience))
            {
                process.Kill(entireProcessTree: true);
                var seconds = patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
                return new(name, false, $"'{program} --version' does not end within {seconds} s; {remedy}");
            }
            return process.ExitCode == 0
                ? new(name, true, said.Result.Split('\n')[0].TrimEnd('\r'))
                : new(name, false, $"'{program} --version' ends with {process.ExitCode}; {remedy}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return new(name, false, $"there is no '{program}'; {remedy}");
        }
    }
}
