using System.Text.Json.Nodes;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>How long it took to find one past defect.</summary>
/// <param name="Defect">The defect.</param>
/// <param name="Ground">What it was looked for on.</param>
/// <param name="Found">What came of it.</param>
internal sealed record DefectRow(Switch Defect, DefectGround Ground, Difference Found)
{
    /// <summary>Key of the finding, or null if it was not found.</summary>
    public string? Key => Found.Key;

    /// <summary>Why the run ended early, or null.</summary>
    public string? Failure => Found.Failure;

    /// <summary>What was needed, in words.</summary>
    public string Needed => Found.Needed;

    /// <summary>On top of what.</summary>
    public string OnTopOf =>
        Ground.HostVersion == VariantCatalogue.DefaultHostVersion ? Ground.Variant : $"{Ground.Variant}, {Ground.HostVersion}";

    /// <summary>The row as JSON.</summary>
    public JsonObject Json() => new()
    {
        ["id"] = Defect.Id,
        ["name"] = Defect.Name,
        ["variant"] = Ground.Variant,
        ["hostVersion"] = Ground.HostVersion,
        ["reason"] = Ground.Reason,
        ["found"] = Key is not null,
        ["executions"] = Found.Executions,
        ["key"] = Key,
        ["input"] = Key is null ? null : Convert.ToHexStringLower(Found.Input),
        ["failure"] = Failure,
    };
}
