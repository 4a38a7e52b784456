using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Inputs that every engine can start from: afl-fuzz leaves out those that violate something.</summary>
internal static class CleanSeeds
{
    /// <summary>The inputs that do not violate anything.</summary>
    public static IReadOnlyList<byte[]> Of(IEnumerable<byte[]> seeds, FuzzTarget target) =>
        [.. seeds.Where(s => s.Length > 0 && target.Run(s).IsClean).DistinctBy(Convert.ToBase64String)];

    /// <summary>Writes inputs to a folder of their own.</summary>
    /// <returns>The folder.</returns>
    public static string Write(IReadOnlyList<byte[]> seeds, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var seed in seeds) CorpusFolder.Save(folder, seed);
        return folder;
    }
}
