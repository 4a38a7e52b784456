using System.Text.Json.Nodes;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.MissingRemedies;

/// <summary>How long it took to find what one remedy mends.</summary>
/// <param name="Remedy">The remedy that was left out.</param>
/// <param name="Host">Name of the host.</param>
/// <param name="Found">What came of it.</param>
internal sealed record RemedyRow(Switch Remedy, string Host, Difference Found) : SearchRow(Remedy, Found)
{
    /// <inheritdoc/>
    public override string Place => Host;

    /// <inheritdoc/>
    protected override void DescribePlace(JsonObject json) => json["host"] = Host;
}
