using System.Globalization;
using System.Text;

namespace CcwFuzz.Harness.Contract;

/// <summary>Text that comes from somebody else, as it may be printed: what would steer a terminal is made visible.</summary>
internal static class Visible
{
    /// <summary>The text in one line, with control characters and marks of direction as \u001b.</summary>
    public static string Line(string text)
    {
        if (!text.Any(Steers)) return text;
        var visible = new StringBuilder(text.Length + 16);
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            if (Steers(c)) visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else visible.Append(c);
        }
        return visible.ToString();
    }

    private static bool Steers(char c) => char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
