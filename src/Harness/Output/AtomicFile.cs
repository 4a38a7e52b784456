using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Output;

/// <summary>Writes files that are there completely or not at all.</summary>
internal static partial class AtomicFile
{
    /// <summary>AT_FDCWD: names start from the current folder.</summary>
    private const int CurrentFolder = -100;

    /// <summary>RENAME_EXCHANGE.</summary>
    private const uint ExchangeFlag = 2;

    /// <summary>Ending of files and folders that are being written.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Of the time when a process started.</summary>
    private static readonly TimeSpan Inexactness = TimeSpan.FromSeconds(2);

    /// <summary>Writes bytes to a file, replacing it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">What it will have.</param>
    /// <param name="throughToDisk">Whether it also outlives the machine; that takes milliseconds.</param>
    /// <exception cref="IOException">It cannot be written; what was there before is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool throughToDisk = true)
    {
        var temporary = TemporaryName(path);
        try
        {
            if (throughToDisk) WriteThrough(temporary, bytes);
            else File.WriteAllBytes(temporary, bytes);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    /// <summary>Writes text to a file, replacing it.</summary>
    /// <exception cref="IOException">It cannot be written; what was there before is untouched.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes to a file unless it has them already.</summary>
    /// <returns>Whether something was written.</returns>
    /// <exception cref="IOException">It cannot be written; what was there before is untouched.</exception>
    public static bool WriteIfChanged(string path, ReadOnlySpan<byte> bytes)
    {
        if (File.Exists(path) && bytes.SequenceEqual(File.ReadAllBytes(path))) return false;
        Write(path, bytes);
        return true;
    }

    /// <summary>Writes a folder of files that appears at once.</summary>
    /// <returns>False if the folder is there already; then it is untouched.</returns>
    /// <exception cref="IOException">It cannot be written; nothing is left behind.</exception>
    public static bool WriteFolder(string path, IEnumerable<(string Name, byte[] Content)> files)
    {
        if (Directory.Exists(path)) return false;
        var temporary = TemporaryName(path);
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var (name, content) in files) WriteThrough(Path.Combine(temporary, name), content);
            Directory.Move(temporary, path);
            return true;
        }
        catch (IOException) when (Directory.Exists(path)) // somebody else was faster
        {
            TryDeleteFolder(temporary);
            return false;
        }
        catch
        {
            TryDeleteFolder(temporary);
            throw;
        }
    }

    /// <summary>Puts other files into a folder, which has either the old or the new ones at any time.</summary>
    /// <remarks>Files that the new folder does not name stay. Where folders cannot be exchanged, it holds for each file alone.</remarks>
    /// <exception cref="IOException">It cannot be written; what was there before is untouched.</exception>
    public static void ReplaceFolder(string path, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        if (WriteFolder(path, files)) return;
        var temporary = TemporaryName(path);
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var other in Directory.EnumerateFiles(path)) File.Copy(other, Path.Combine(temporary, Path.GetFileName(other)));
            foreach (var (name, content) in files) WriteThrough(Path.Combine(temporary, name), content);
            var isFlat = !Directory.EnumerateDirectories(path).Any();
            if (isFlat && Exchange(CurrentFolder, temporary, CurrentFolder, path, ExchangeFlag) == 0) return;
            foreach (var (name, content) in files) Write(Path.Combine(path, name), content);
        }
        finally
        {
            TryDeleteFolder(temporary); // the old files, or what was not finished
        }
    }

    /// <summary>Finds out whether files can be written to a folder.</summary>
    /// <exception cref="IOException">They cannot.</exception>
    public static void Try(string folder)
    {
        var temporary = TemporaryName(Path.Combine(folder, "probe"));
        WriteThrough(temporary, [0]);
        File.Delete(temporary);
    }

    /// <summary>Removes what killed processes left unfinished in a folder and the folders in it.</summary>
    public static void RemoveLeftovers(string folder)
    {
        var everywhere = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = 0 };
        foreach (var path in Directory.GetFileSystemEntries(folder, ".*" + Unfinished, everywhere))
        {
            if (IsAlive(path)) continue;
            if (Directory.Exists(path)) TryDeleteFolder(path);
            else TryDelete(path);
        }
    }

    private static string TemporaryName(string path) => Path.Combine(
        Path.GetDirectoryName(path) ?? "",
        string.Create(CultureInfo.InvariantCulture, $".{Path.GetFileName(path)}.{Environment.ProcessId}{Unfinished}"));

    private static void WriteThrough(string path, ReadOnlySpan<byte> bytes)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }

    private static bool IsAlive(string temporary)
    {
        var owner = Path.GetFileNameWithoutExtension(temporary).Split('.')[^1];
        if (!int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return true;
        try
        {
            using var process = System.Diagnostics.Process.GetProcessById(id);
            // Numbers of processes come again: in a container often the same ones.
            return File.GetLastWriteTime(temporary) >= process.StartTime - Inexactness;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true; // of somebody else, who may be writing
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            // The failure that brought us here matters more.
        }
    }

    private static void TryDeleteFolder(string path)
    {
        try
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            // As above.
        }
    }

    /// <summary>Exchanges two names.</summary>
    /// <returns>0, or -1 if the file system cannot.</returns>
    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Exchange(int fromFolder, string from, int toFolder, string to, uint flags);
}
