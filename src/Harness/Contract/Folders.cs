namespace CcwFuzz.Harness.Contract;

/// <summary>Folders that somebody named: what is wrong with one is said before anything is written.</summary>
internal static class Folders
{
    /// <summary>A folder that is read.</summary>
    /// <param name="place">Who named it, e.g. "--baseline: "; empty for an argument.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="UsageException">It is not there.</exception>
    public static string Existing(string place, string path) =>
        Directory.Exists(path) ? path : throw new UsageException($"{place}there is no folder '{path}'");

    /// <summary>A folder that is written to: it need not be there, but the one that it is made in.</summary>
    /// <param name="place">Who named it.</param>
    /// <param name="path">The folder.</param>
    /// <exception cref="UsageException">It can only be a mistake.</exception>
    public static string Creatable(string place, string path)
    {
        if (path.Length == 0) throw new UsageException($"{place}the name of a folder is empty");
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        if (above is null || Directory.Exists(path) || Directory.Exists(above)) return path;
        throw new UsageException($"{place}cannot make '{path}': there is no folder '{above}'");
    }
}
