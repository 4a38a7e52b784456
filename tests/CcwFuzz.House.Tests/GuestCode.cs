using System.Text.RegularExpressions;
using CcwFuzz.Testing;

namespace CcwFuzz.House.Tests;

/// <summary>A member of a class: the text of its doc comment, and its own lines.</summary>
/// <param name="Name">What the first line of its declaration says.</param>
/// <param name="Doc">The doc comment in one line, without the slashes.</param>
/// <param name="Code">Its lines, from the declaration on.</param>
internal sealed record Member(string Name, string Doc, IReadOnlyList<string> Code)
{
    /// <summary>All of its lines as one text.</summary>
    public string Text => string.Join('\n', Code);
}

/// <summary>The members of a source file, found by the way the house indents.</summary>
internal static partial class GuestCode
{
    /// <summary>The members of a file.</summary>
    public static List<Member> Members(string file) => Members(File.ReadAllLines(Repository.PathOf(file)));

    /// <summary>The members that lines declare; a member ends where the next begins.</summary>
    public static List<Member> Members(IReadOnlyList<string> lines)
    {
        var starts = Enumerable.Range(0, lines.Count).Where(i => Declaration().IsMatch(lines[i]) && !Type().IsMatch(lines[i])).ToList();
        return [.. starts.Select((start, n) => new Member(
            lines[start].Trim(), DocOf(lines, start), [.. lines.Take(n + 1 < starts.Count ? starts[n + 1] : lines.Count).Skip(start)]))];
    }

    /// <summary>The names that a text gives to Enter, also those of a choice between two.</summary>
    public static IEnumerable<string> Entered(string text) => Enter().Matches(text)
        .SelectMany(call => Name().Matches(call.Groups[1].Value))
        .Select(name => name.Groups[1].Value);

    private static string DocOf(IReadOnlyList<string> lines, int start)
    {
        var doc = new List<string>();
        for (var i = start - 1; i >= 0 && Above().IsMatch(lines[i]); i--)
            if (lines[i].TrimStart().StartsWith("///", StringComparison.Ordinal)) doc.Insert(0, lines[i].TrimStart().TrimStart('/').Trim());
        return string.Join(' ', doc);
    }

    [GeneratedRegex(@"^ {4,8}(public|private|internal|protected|static)\b")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^[^=(]*\b(class|struct|enum|interface|record|delegate)\b")]
    private static partial Regex Type();

    [GeneratedRegex(@"^\s*(///|\[)")]
    private static partial Regex Above();

    [GeneratedRegex(@"\bEnter\(([^;]*?)\);")]
    private static partial Regex Enter();

    [GeneratedRegex("\"([A-Za-z_0-9]+)\"")]
    private static partial Regex Name();
}
