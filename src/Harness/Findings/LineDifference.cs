using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CcwFuzz.Harness.Findings;

/// <summary>Says where two texts differ, by lines, for a person.</summary>
/// <remarks>
/// One step more shifts the number of every later step: lines that differ in numbers only are matched with each other and
/// counted, so that what is shown is what changed. Matching is the longest common subsequence, quadratic in the lines between the
/// first and the last one that differ; where those are too many, all of them count as changed.
/// </remarks>
internal static partial class LineDifference
{
    private const int Around = 2;
    private const int MostLines = 24;
    private const int MostPairs = 25_000_000; // 100 MB for a moment

    /// <summary>The lines that differ with their neighbourhood, the first ones if they are many; null if there are none.</summary>
    /// <remarks>Line endings and a newline at the end do not count.</remarks>
    public static string? Between(string verified, string received)
    {
        var (before, after) = (Lines(verified), Lines(received));
        if (before.AsSpan().SequenceEqual(after)) return null;
        var matches = Match([.. before.Select(WithoutNumbers)], [.. after.Select(WithoutNumbers)]);
        var numbers = matches.Count(m => before[m.Before] != after[m.After]);
        var first = 0;
        while (first < before.Length && first < after.Length && before[first] == after[first]) first++;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"the first difference is in line {first + 1}; {before.Length - matches.Count} lines are gone, ");
        text.Append(CultureInfo.InvariantCulture, $"{after.Length - matches.Count} are new, {numbers} differ in numbers only\n");
        if (matches.Count == before.Length && matches.Count == after.Length) AppendNumbers(text, before, after, matches);
        else AppendHunks(text, before, after, matches);
        return text.ToString();
    }

    private static void AppendNumbers(StringBuilder text, string[] before, string[] after, List<(int Before, int After)> matches)
    {
        foreach (var (b, a) in matches.Where(m => before[m.Before] != after[m.After]).Take(Around + 1))
            text.Append(CultureInfo.InvariantCulture, $"- {before[b]}\n+ {after[a]}\n");
    }

    private static void AppendHunks(StringBuilder text, string[] before, string[] after, List<(int Before, int After)> matches)
    {
        var (b, a) = (0, 0);
        foreach (var (nextBefore, nextAfter) in matches.Append((before.Length, after.Length)))
        {
            if (nextBefore > b || nextAfter > a)
            {
                for (var i = Math.Max(0, b - Around); i < b; i++) text.Append(CultureInfo.InvariantCulture, $"  {before[i]}\n");
                for (var i = b; i < Math.Min(nextBefore, b + MostLines); i++)
                    text.Append(CultureInfo.InvariantCulture, $"- {before[i]}\n");
                for (var i = a; i < Math.Min(nextAfter, a + MostLines); i++)
                    text.Append(CultureInfo.InvariantCulture, $"+ {after[i]}\n");
                (b, a) = (nextBefore, nextAfter);
                for (var i = b; i < Math.Min(before.Length, b + Around); i++)
                    text.Append(CultureInfo.InvariantCulture, $"  {before[i]}\n");
                if (text.ToString().AsSpan().Count('\n') > MostLines)
                {
                    text.Append("  ...\n");
                    return;
                }
            }
            (b, a) = (nextBefore + 1, nextAfter + 1);
        }
    }

    /// <summary>The pairs of lines that stay, in order.</summary>
    private static List<(int Before, int After)> Match(string[] before, string[] after)
    {
        var least = Math.Min(before.Length, after.Length);
        var start = 0;
        while (start < least && before[start] == after[start]) start++;
        var end = 0;
        while (end < least - start && before[^(end + 1)] == after[^(end + 1)]) end++;
        var between = MatchAll(before[start..^end], after[start..^end]);
        return
        [
            .. Enumerable.Range(0, start).Select(i => (i, i)),
            .. between.Select(p => (p.Before + start, p.After + start)),
            .. Enumerable.Range(1, end).Select(i => (before.Length - i, after.Length - i)).Reverse(),
        ];
    }

    private static List<(int Before, int After)> MatchAll(string[] before, string[] after)
    {
        if ((long)before.Length * after.Length > MostPairs) return [];
        var length = new int[before.Length + 1, after.Length + 1];
        for (var i = before.Length - 1; i >= 0; i--)
            for (var j = after.Length - 1; j >= 0; j--)
                length[i, j] = before[i] == after[j] ? length[i + 1, j + 1] + 1 : Math.Max(length[i + 1, j], length[i, j + 1]);
        var pairs = new List<(int, int)>();
        for (var (i, j) = (0, 0); i < before.Length && j < after.Length;)
        {
            if (before[i] == after[j]) pairs.Add((i++, j++));
            else if (length[i + 1, j] >= length[i, j + 1]) i++;
            else j++;
        }
        return pairs;
    }

    private static string WithoutNumbers(string line) => Numbers().Replace(line, "#");

    private static string[] Lines(string text) => text.TrimStart('\uFEFF').ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    [GeneratedRegex(@"\s*\b[0-9a-f]*[0-9][0-9a-f]*\b")]
    private static partial Regex Numbers();
}
