using System.Text.Json.Nodes;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.MissingRemedies;

/// <summary>How long it took to find what one remedy mends.</summary>
/// <param name="Remedy">The remedy that was left out.</param>
/// <param name="Host">Name of the host.</param>
/// <param name="Found">What came of it.</param>
internal sealed record RemedyRow(Switch Remedy, string Host, Difference Found)
{
    /// <summary>The row as JSON.</summary>
    public JsonObject Json() => new()
    {
        ["id"] = Remedy.Id,
        ["name"] = Remedy.Name,
        ["host"] = Host,
        ["found"] = Found.Key is not null,
        ["executions"] = Found.Executions,
        ["key"] = Found.Key,
        ["input"] = Found.Key is null ? null : Convert.ToHexStringLower(Found.Input),
        ["failure"] = Found.Failure,
    };
}
