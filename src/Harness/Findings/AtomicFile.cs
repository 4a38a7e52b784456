using System.Globalization;
using System.Text;

namespace CcwFuzz.Harness.Findings;

/// <summary>Writes files that are there completely or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Ending of files and folders that are being written.</summary>
    public const string Unfinished = ".tmp";

    /// <summary>Writes bytes to a file, replacing it.</summary>
    /// <exception cref="IOException">It cannot be written; what was there before is untouched.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = TemporaryName(path);
        try
        {
            WriteThrough(temporary, bytes);
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

    /// <summary>Removes what killed processes left unfinished in a folder.</summary>
    public static void RemoveLeftovers(string folder)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(folder, ".*" + Unfinished))
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
            return true;
        }
        catch (ArgumentException)
        {
            return false;
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
}
