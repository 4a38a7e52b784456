using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CcwFuzz.Harness.Findings;

/// <summary>Says where two texts differ, by lines, for a person.</summary>
/// <remarks>
/// One step more shifts the number of every later step: lines that differ in numbers only are matched with each other and
/// counted, so that what is shown is what changed. Matching is the longest common subsequence, quadratic in lines.
/// </remarks>
internal static partial class LineDifference
{
    private const int Around = 2;
    private const int MostLines = 24;

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
                for (; b < nextBefore; b++) text.Append(CultureInfo.InvariantCulture, $"- {before[b]}\n");
                for (; a < nextAfter; a++) text.Append(CultureInfo.InvariantCulture, $"+ {after[a]}\n");
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
