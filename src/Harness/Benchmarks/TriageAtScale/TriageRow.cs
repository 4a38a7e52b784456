using System.Text.Json.Nodes;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.TriageAtScale;

/// <summary>Into which keys the violations of one defect fell.</summary>
/// <param name="Defect">The defect.</param>
/// <param name="Violations">How many raw violations there were.</param>
/// <param name="Keys">The keys, the most frequent first.</param>
internal sealed record TriageRow(Switch Defect, int Violations, IReadOnlyList<KeyCount> Keys)
{
    /// <summary>The row as JSON.</summary>
    public JsonObject Json() => new()
    {
        ["id"] = Defect.Id,
        ["name"] = Defect.Name,
        ["violations"] = Violations,
        ["keys"] = new JsonArray([.. Keys.Select(k => (JsonNode)new JsonObject
        {
            ["key"] = k.Key,
            ["violations"] = k.Violations,
            ["input"] = Convert.ToHexStringLower(k.Shortest),
        })]),
    };
}

/// <summary>Violations of one defect with one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Violations">How many.</param>
/// <param name="Shortest">The shortest of their inputs.</param>
internal sealed record KeyCount(string Key, int Violations, byte[] Shortest);
