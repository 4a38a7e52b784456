using System.Globalization;
using System.Text;

namespace CcwFuzz.Harness.Findings;

/// <summary>Says where two texts differ, by lines, for a person.</summary>
internal static class LineDifference
{
    private const int Around = 2;
    private const int MostLines = 12;

    /// <summary>The first lines that differ with their neighbourhood; null if the texts are the same.</summary>
    /// <remarks>Line endings and a newline at the end do not count.</remarks>
    public static string? Between(string verified, string received)
    {
        var (before, after) = (Lines(verified), Lines(received));
        var first = 0;
        while (first < before.Length && first < after.Length && before[first] == after[first]) first++;
        if (first == before.Length && first == after.Length) return null;
        int endBefore = before.Length, endAfter = after.Length;
        for (; endBefore > first && endAfter > first && before[endBefore - 1] == after[endAfter - 1]; endBefore--) endAfter--;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"the first difference is in line {first + 1}: {endBefore - first} verified lines, {endAfter - first} received lines\n");
        for (var i = Math.Max(0, first - Around); i < first; i++) text.Append(CultureInfo.InvariantCulture, $"  {before[i]}\n");
        Append(text, '-', before, first, endBefore);
        Append(text, '+', after, first, endAfter);
        for (var i = endBefore; i < Math.Min(before.Length, endBefore + Around); i++)
            text.Append(CultureInfo.InvariantCulture, $"  {before[i]}\n");
        return text.ToString();
    }

    private static void Append(StringBuilder text, char mark, string[] lines, int first, int end)
    {
        for (var i = first; i < Math.Min(end, first + MostLines); i++) text.Append(CultureInfo.InvariantCulture, $"{mark} {lines[i]}\n");
        if (end - first > MostLines) text.Append(CultureInfo.InvariantCulture, $"{mark} ... and {end - first - MostLines} more\n");
    }

    private static string[] Lines(string text) => text.TrimStart('\uFEFF').ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
}
