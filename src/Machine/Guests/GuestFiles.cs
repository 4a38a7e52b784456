using System.IO.Compression;
using CcwFuzz.Machine.Agent;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Guests;

/// <summary>A kernel with the initramfs that has the agent.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="Kernel">The kernel's file.</param>
/// <param name="Initrd">The initramfs.</param>
public sealed record GuestFiles(string Name, string Kernel, string Initrd)
{
    private const string QemuFolder = "qemus";
    private const string KernelName = "vmlinuz";
    private const string InitrdName = "initrd.gz";
    private const string FolderVariable = "CCW_GUEST";
    private const string Others = "eng/install-guest makes others";
    private const string HowToGet = "eng/install-guest makes one";

    /// <summary>Where eng/install-guest puts things.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } folder
        ? folder
        : Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "ccwfuzz", "guest");

    /// <summary>Names of the kernels in the cache.</summary>
    public static IReadOnlyList<string> Names(string cache)
    {
        var folder = Path.Combine(cache, "kernels");
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder)
                .Where(d => File.Exists(Path.Combine(d, KernelName)) && File.Exists(Path.Combine(d, InitrdName)))
                .Select(d => Path.GetFileName(d)!)
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Finds a kernel: by its name in the cache, or by its file.</summary>
    /// <param name="cache">The cache's folder.</param>
    /// <param name="kernel">Name or file; the first of the cache if null.</param>
    /// <param name="initrd">The initramfs. If null, that of the kernel's name, or for a file that of the first in the cache.</param>
    /// <exception cref="MachineException">It is not there.</exception>
    public static GuestFiles Find(string cache, string? kernel, string? initrd)
    {
        var names = Names(cache);
        if (initrd is not null && !File.Exists(initrd)) throw Missing($"there is no initramfs '{initrd}'");
        if (kernel is not null && File.Exists(kernel))
        {
            if (initrd is null && names.Count == 0) throw Missing($"kernel '{kernel}' needs --initrd with an agent; {HowToGet}");
            return new GuestFiles(Path.GetFileName(kernel), kernel, initrd ?? Path.Combine(cache, "kernels", names[0], InitrdName));
        }
        if (names.Count == 0) throw Missing($"there is no guest in '{cache}'; {HowToGet}");
        var name = kernel ?? names[0];
        if (!names.Contains(name))
            throw Missing($"no file and no kernel '{name}'; those in '{cache}' are {string.Join(", ", names)}, {Others}");
        var folder = Path.Combine(cache, "kernels", name);
        return new GuestFiles(name, Path.Combine(folder, KernelName), initrd ?? Path.Combine(folder, InitrdName));
    }

    /// <summary>Names of the QEMUs in the cache.</summary>
    public static IReadOnlyList<string> Qemus(string cache)
    {
        var folder = Path.Combine(cache, QemuFolder);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder)
                .Where(d => File.Exists(Path.Combine(d, VmSettings.UsualQemu)))
                .Select(d => Path.GetFileName(d)!)
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Finds a QEMU: a name in the cache stands for the program there, anything else is the program itself.</summary>
    public static string FindQemu(string cache, string qemu) =>
        Qemus(cache).Contains(qemu) ? Path.Combine(cache, QemuFolder, qemu, VmSettings.UsualQemu) : qemu;

    /// <summary>Whether a program is an agent that speaks the protocol of <see cref="AgentClient"/>.</summary>
    public static bool IsAgentRight(string agent) => HasMarker(agent, static file => file);

    /// <summary>Whether the initramfs of a kernel in the cache has such an agent.</summary>
    public static bool IsInitrdRight(string cache, string name) => HasMarker(
        Path.Combine(cache, "kernels", name, InitrdName), static file => new GZipStream(file, CompressionMode.Decompress));

    /// <summary>Whether an agent of the right version is in a file. In a file that cannot be read there is none.</summary>
    private static bool HasMarker(string path, Func<Stream, Stream> unpack)
    {
        try
        {
            using var content = unpack(File.OpenRead(path));
            using var bytes = new MemoryStream();
            content.CopyTo(bytes);
            return bytes.GetBuffer().AsSpan(0, (int)bytes.Length).IndexOf(AgentClient.Marker) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return false;
        }
    }

    private static MachineException Missing(string message) => new(MachineFault.Setup, message);
}
