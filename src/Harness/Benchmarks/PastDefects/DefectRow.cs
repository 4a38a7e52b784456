using System.Text.Json.Nodes;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>How long it took to find one past defect.</summary>
/// <param name="Defect">The defect.</param>
/// <param name="Ground">What it was looked for on.</param>
/// <param name="Found">What came of it.</param>
internal sealed record DefectRow(Switch Defect, DefectGround Ground, Difference Found) : SearchRow(Defect, Found)
{
    /// <inheritdoc/>
    public override string Place =>
        Ground.HostVersion == VariantCatalogue.DefaultHostVersion ? Ground.Variant : $"{Ground.Variant}, {Ground.HostVersion}";

    /// <inheritdoc/>
    protected override void DescribePlace(JsonObject json)
    {
        json["variant"] = Ground.Variant;
        json["hostVersion"] = Ground.HostVersion;
        json["reason"] = Ground.Reason;
    }
}
