using System.ComponentModel;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Qemu;

/// <summary>The disk that holds a machine's snapshot. The guest does not see it.</summary>
internal static class SnapshotDisk
{
    private const string Program = "qemu-img";
    private static readonly TimeSpan UsualTime = TimeSpan.FromSeconds(20);

    /// <summary>Where it is in the folder of a machine.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, "snap.qcow2");

    /// <summary>Makes it.</summary>
    /// <exception cref="MachineException">There is no qemu-img, or it fails, or it does not end in time.</exception>
    public static Task Make(string folder, CancellationToken stop) => Make(folder, [Program], UsualTime, stop);

    /// <summary>Makes it with a command to which the arguments of qemu-img are added.</summary>
    internal static async Task Make(string folder, IReadOnlyList<string> command, TimeSpan time, CancellationToken stop)
    {
        string[] arguments = [.. command.Skip(1), "create", "-q", "-f", "qcow2", PathIn(folder), "64M"];
        try
        {
            var run = await ProgramRun.Run(command[0], arguments, time, stop).ConfigureAwait(false);
            if (run.ExitCode == 0) return;
            throw new MachineException(MachineFault.Setup, $"qemu-img cannot make a disk in '{folder}': {run.Output}");
        }
        catch (Win32Exception)
        {
            throw new MachineException(MachineFault.Setup, "there is no qemu-img; eng/install-guest installs it");
        }
    }
}
