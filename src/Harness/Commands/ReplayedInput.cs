using System.Text.Json.Nodes;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Commands;

/// <summary>An input of a folder that was replayed.</summary>
/// <param name="Name">Its path within the folder.</param>
/// <param name="Key">What it showed, or null.</param>
/// <param name="Title">Title of that, or null.</param>
/// <param name="IsModelError">Whether that is a bug of the model itself.</param>
/// <param name="Variant">What it ran on.</param>
/// <param name="HasRecord">Whether a record says what it is to show there.</param>
/// <param name="Recorded">What that is; null for nothing.</param>
internal sealed record ReplayedInput(
    string Name, string? Key, string? Title, bool IsModelError, Variant Variant, bool HasRecord, string? Recorded)
{
    private string Verdict => Key is null ? "clean" : IsModelError ? "model-error" : "violation";

    /// <summary>Whether it showed what it was to show.</summary>
    public bool IsExpected => Key == Recorded;

    /// <summary>What is said about it to people.</summary>
    public string Line()
    {
        var key = Key is null ? "" : $"  {Key}";
        var judgement = !IsExpected ? Recorded is null && !HasRecord ? "  unexpected" : $"  unexpected, recorded is {Recorded ?? "clean"}"
            : HasRecord ? "  as recorded" : "";
        return $"{Verdict,-11}  {Name}{key}{judgement}";
    }

    /// <summary>What is said about it to programs.</summary>
    public JsonObject Describe() => new JsonObject
    {
        ["input"] = Name,
        ["verdict"] = Verdict,
        ["key"] = Key,
        ["title"] = Title,
        ["expected"] = IsExpected,
        ["hasRecord"] = HasRecord,
        ["recorded"] = Recorded,
    }.AddVariant(Variant);
}
