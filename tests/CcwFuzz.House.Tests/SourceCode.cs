using System.Text.RegularExpressions;
using CcwFuzz.Testing;

namespace CcwFuzz.House.Tests;

/// <summary>The lines of source files as the rules of the house read them.</summary>
internal static partial class SourceCode
{
    /// <summary>The C# files in folders of the repository, as paths from its root.</summary>
    public static List<string> Files(params string[] folders) => [.. folders
        .SelectMany(folder => Repository.Sources(folder.Split('/')))
        .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))];

    /// <summary>The lines of a file with their numbers, without comments and without the content of strings.</summary>
    public static IEnumerable<(int Number, string Text)> Lines(string file) =>
        Strip(File.ReadAllLines(Repository.PathOf(file))).Select((line, i) => (i + 1, line));

    /// <summary>Without comments and the content of strings, which may name anything.</summary>
    public static IEnumerable<string> Strip(IEnumerable<string> lines) => lines
        .Select(line => Comment().Replace(Text().Replace(line, "\"\""), ""))
        .Select(line => line.TrimEnd());

    [GeneratedRegex("\"(\\\\.|[^\"\\\\])*\"")]
    private static partial Regex Text();

    [GeneratedRegex("//.*$")]
    private static partial Regex Comment();
}
