using System.Globalization;

namespace CcwFuzz.Harness.Configuration;

/// <summary>One setting: its name, and which values it accepts.</summary>
/// <param name="Key">Name with colons, as in Microsoft.Extensions.Configuration.</param>
/// <param name="Expected">What a value looks like, for error messages.</param>
/// <param name="Accepts">Whether a value is one.</param>
internal sealed record Setting(string Key, string Expected, Func<string, bool> Accepts)
{
    /// <summary>The word for an empty list, where one makes sense and the values are no paths.</summary>
    public const string None = "none";

    /// <summary>Whether it is a list of such values.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether the list may be empty; in fuzz.yml as [].</summary>
    public bool MayBeEmpty { get; init; }

    /// <summary>Whether it is a path; in fuzz.yml it is relative to that file.</summary>
    public bool IsPath { get; init; }

    /// <summary>A whole number within bounds.</summary>
    public static Setting Whole(string key, long min, long max, string meaning) =>
        new(key, $"a whole number from {min} to {(max == long.MaxValue ? "2^63-1" : $"{max}")} ({meaning})", text =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max);

    /// <summary>A number that is not negative.</summary>
    public static Setting Number(string key, string meaning) => new(key, $"a number of at least 0 ({meaning})", text =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value));

    /// <summary>One of several words.</summary>
    public static Setting Choice(string key, params string[] words) =>
        new(key, $"one of {string.Join(", ", words)}", text => words.Contains(text, StringComparer.OrdinalIgnoreCase));

    /// <summary>True or false.</summary>
    public static Setting Flag(string key) => new(key, "true or false", text => bool.TryParse(text, out _));

    /// <summary>Any text.</summary>
    public static Setting Text(string key, string meaning) => new(key, meaning, text => text.Length > 0);
}
