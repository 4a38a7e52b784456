using System.Text.Json.Nodes;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>How long it took to find what one switch makes of a variant.</summary>
/// <param name="Switch">The past defect that was on, or the remedy that was left out.</param>
/// <param name="Found">What came of it.</param>
internal abstract record SearchRow(Switch Switch, Difference Found)
{
    /// <summary>Where it was looked for, in words.</summary>
    public abstract string Place { get; }

    /// <summary>Key of the finding, or null if it was not found.</summary>
    public string? Key => Found.Key;

    /// <summary>Why the run ended early, or null.</summary>
    public string? Failure => Found.Failure;

    /// <summary>What was needed, in words.</summary>
    public string Needed => Found.Needed;

    /// <summary>The row as JSON.</summary>
    public JsonObject Json()
    {
        var json = new JsonObject { ["id"] = Switch.Id, ["name"] = Switch.Name };
        DescribePlace(json);
        json["found"] = Key is not null;
        json["executions"] = Found.Executions;
        json["key"] = Key;
        json["input"] = Key is null ? null : Convert.ToHexStringLower(Found.Input);
        json["failure"] = Failure;
        return json;
    }

    /// <summary>Where it was looked for, as fields.</summary>
    protected abstract void DescribePlace(JsonObject json);
}
