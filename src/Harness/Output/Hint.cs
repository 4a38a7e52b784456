using System.Text.RegularExpressions;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Output;

/// <summary>Commands that are ready to be pasted: right from the current folder, and quoted for the shell.</summary>
internal static partial class Hint
{
    /// <summary>A command of this program.</summary>
    public static string Command(params IEnumerable<string> words) => string.Join(' ', Program().Concat(words.Select(Quote)));

    /// <summary>How the finding in a folder is replayed; the folder says where it is filed, too.</summary>
    public static string Replay(string folder) => Command("replay", Short(folder), "--trace");

    /// <summary>The options that name a folder of findings; none for the usual one.</summary>
    /// <param name="findings">The folder.</param>
    /// <param name="root">The folder whose 'findings' is the usual one.</param>
    public static IEnumerable<string> Findings(string findings, string root) =>
        Path.GetFullPath(findings) == Path.Combine(root, "findings") ? [] : ["--findings", Short(findings)];

    /// <summary>A word as the shell wants it.</summary>
    public static string Quote(string word) =>
        Plain().IsMatch(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>A path as seen from the current folder; whole if it is not below it.</summary>
    public static string Short(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        if (relative.StartsWith("..", StringComparison.Ordinal)) return Path.GetFullPath(path);
        return relative.StartsWith('-') ? Path.Combine(".", relative) : relative;
    }

    private static string[] Program()
    {
        var (program, first) = OwnProgram.Start();
        if (first is not null) return [Path.GetFileName(program), Quote(Short(first))];
        var own = Short(program);
        return [Quote(own.Contains('/', StringComparison.Ordinal) ? own : "./" + own)];
    }

    [GeneratedRegex("^[A-Za-z0-9_./:=,@%+-]+\\z")]
    private static partial Regex Plain();
}
