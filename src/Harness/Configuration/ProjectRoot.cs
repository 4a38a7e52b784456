namespace CcwFuzz.Harness.Configuration;

/// <summary>Finds fuzz.yml and the folder that relative paths start from.</summary>
internal static class ProjectRoot
{
    /// <summary>Name of the configuration file.</summary>
    public const string FileName = "fuzz.yml";

    private const string SolutionName = "CcwFuzz.sln";

    /// <summary>The nearest fuzz.yml from a folder upwards, or null.</summary>
    public static string? FindConfiguration(string from) =>
        Upwards(from).Select(d => Path.Combine(d, FileName)).FirstOrDefault(File.Exists);

    /// <summary>The folder of the solution from a folder upwards, or that folder itself.</summary>
    public static string Find(string from) =>
        Upwards(from).FirstOrDefault(d => File.Exists(Path.Combine(d, SolutionName))) ?? from;

    private static IEnumerable<string> Upwards(string from)
    {
        for (var folder = new DirectoryInfo(from); folder is not null; folder = folder.Parent) yield return folder.FullName;
    }
}
