using System.Globalization;

namespace CcwFuzz.Harness.Inputs;

/// <summary>Files with inputs, in our own folders and in those of afl-fuzz, and their names.</summary>
internal static class InputFiles
{
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    /// <summary>What lies beside inputs and is none.</summary>
    private static readonly string[] NoInputs = [".md", ".json", ".mmd", ".svg", ".log", ".verified.txt", ".received.txt"];

    /// <summary>Files of afl-fuzz's output folder that are no inputs.</summary>
    private static readonly string[] AflFiles =
        ["fuzzer_stats", "fuzzer_setup", "plot_data", "fuzz_bitmap", "cmdline", "target_hash", "fastresume.bin"];

    /// <summary>A name that depends on the content alone, without an ending.</summary>
    public static string ContentName(ReadOnlySpan<byte> input)
    {
        var hash = FnvOffset;
        foreach (var b in input) hash = (hash ^ b) * FnvPrime;
        return hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    /// <summary>The inputs in a folder and the folders in it, by name.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="parts">Of an output folder of afl-fuzz only these parts, e.g. "queue".</param>
    public static IReadOnlyList<string> Under(string folder, params string[] parts)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => IsInput(folder, f, parts));
        return [.. files.Order(StringComparer.Ordinal)];
    }

    private static bool IsInput(string folder, string path, string[] parts)
    {
        var name = Path.GetFileName(path);
        if (NoInputs.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)) || AflFiles.Contains(name)) return false;
        var names = Path.GetRelativePath(folder, path).Split(Path.DirectorySeparatorChar);
        if (names.Any(n => n.StartsWith('.')) || name == "README.txt") return false;
        // An instance of afl-fuzz has its statistics beside its queue and its crashes.
        var home = Path.GetDirectoryName(path)!;
        var instance = Path.GetDirectoryName(home);
        var isAfl = instance is not null && File.Exists(Path.Combine(instance, "fuzzer_stats"));
        return !isAfl || parts.Length == 0 || parts.Contains(Path.GetFileName(home));
    }
}
