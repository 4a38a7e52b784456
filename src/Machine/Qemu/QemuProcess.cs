using System.Diagnostics;
using System.Text;
using CcwFuzz.Machine.Io;

namespace CcwFuzz.Machine.Qemu;

/// <summary>A running QEMU with its folder. However this process ends, QEMU is killed and the folder is removed.</summary>
public sealed class QemuProcess : IAsyncDisposable
{
    /// <summary>
    /// Starts a watcher and becomes the program. The watcher waits for the end of standard input, which comes when the process that
    /// started it ends. Then it kills the program, if that still has this folder on its command line, and removes the folder.
    /// </summary>
    private const string Starter = """
        folder=$1
        shift
        exec 3<&0
        (
            trap '' INT TERM HUP
            cat <&3 >/dev/null
            grep -qF "$folder" /proc/$$/cmdline && kill -9 $$
            rm -rf "$folder"
        ) >/dev/null 2>&1 &
        exec 3<&-
        exec "$@" </dev/null >"$folder/qemu.log" 2>&1
        """;

    private static readonly TimeSpan EndTime = TimeSpan.FromSeconds(10);
    private readonly Process process;
    private bool isDisposed;

    private QemuProcess(Process process, string folder)
    {
        this.process = process;
        Folder = folder;
    }

    /// <summary>Where its sockets and logs are.</summary>
    public string Folder { get; }

    /// <summary>Whether it ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>The last lines it wrote, of the last bytes of its log: nothing bounds how long that is.</summary>
    public string LastWords
    {
        get
        {
            const int Lines = 3;
            const int Bytes = 16 << 10;
            var path = Path.Combine(Folder, "qemu.log");
            if (!File.Exists(path)) return "";
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - Bytes);
            var end = new byte[Bytes];
            var text = Encoding.UTF8.GetString(end, 0, file.ReadAtLeast(end, Bytes, throwOnEndOfStream: false));
            return string.Join(" / ", text.TrimEnd().ReplaceLineEndings("\n").Split('\n').TakeLast(Lines));
        }
    }

    /// <summary>Makes a folder for a machine.</summary>
    public static string NewFolder() => Directory.CreateTempSubdirectory("ccwfuzz-vm-").FullName;

    /// <summary>Starts a program in a folder, which is its own from now on.</summary>
    /// <exception cref="MachineException">There is no such program.</exception>
    public static QemuProcess Start(string program, IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        foreach (var word in (string[])["-c", Starter, "sh", folder, program]) start.ArgumentList.Add(word);
        foreach (var word in arguments) start.ArgumentList.Add(word);
        try
        {
            return new QemuProcess(Process.Start(start)!, folder);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new MachineException(MachineFault.Setup, $"cannot start /bin/sh: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
        using var limit = new CancellationTokenSource(EndTime);
        try
        {
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The watcher goes on trying.
        }
        process.Dispose();
        try
        {
            if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // The watcher was faster.
        }
    }
}
