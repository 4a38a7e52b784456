using System.Globalization;
using CcwFuzz.Harness.Commands;
using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Engine;

/// <summary>Folders of inputs.</summary>
internal static class CorpusFolder
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>Reads the inputs of folders, in the order of their names; a broken file is named and left out.</summary>
    public static IReadOnlyList<byte[]> Load(IEnumerable<string> folders, TextWriter log)
    {
        var inputs = new List<byte[]>();
        foreach (var folder in folders)
        {
            foreach (var path in Files(folder, log))
            {
                try
                {
                    inputs.Add(InputReader.ReadFile(path).Encode());
                }
                catch (UsageException e)
                {
                    log.WriteLine($"skipped a broken corpus file: {e.Message}");
                }
            }
        }
        return inputs;
    }

    /// <summary>Writes an input under a name that depends on its content alone.</summary>
    /// <exception cref="IOException">It cannot be written; nothing half is left.</exception>
    public static void Save(string folder, byte[] input)
    {
        var hash = FnvOffset;
        foreach (var b in input) hash = (hash ^ b) * FnvPrime;
        var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{hash:x16}.bin"));
        if (!File.Exists(path)) AtomicFile.Write(path, input);
    }

    private static List<string> Files(string folder, TextWriter log)
    {
        try
        {
            if (!Directory.Exists(folder)) return [];
            return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(IsInput).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            log.WriteLine($"skipped a corpus folder: cannot read '{folder}': {UsageException.Reason(e)}");
            return [];
        }

        bool IsInput(string path) => !path.EndsWith(".md", StringComparison.OrdinalIgnoreCase)
            && !Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.'));
    }
}
