using System.Text.Json.Nodes;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>One measured quantity.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Runs">The measurements in their order.</param>
internal sealed record BenchRow(string Name, string Unit, IReadOnlyList<double> Runs)
{
    /// <summary>The smallest value that keeps the budget, if there is one.</summary>
    public double? AtLeast { get; init; }

    /// <summary>The largest value that keeps the budget, if there is one.</summary>
    public double? AtMost { get; init; }

    /// <summary>The median of the measurements.</summary>
    public double Median
    {
        get
        {
            var sorted = Runs.Order().ToList();
            return (sorted[sorted.Count / 2] + sorted[(sorted.Count - 1) / 2]) / 2;
        }
    }

    /// <summary>Whether the median keeps the budget.</summary>
    public bool IsKept => (AtLeast is not { } low || Median >= low) && (AtMost is not { } high || Median <= high);

    /// <summary>The row as JSON.</summary>
    public JsonObject Json() => new()
    {
        ["name"] = Name,
        ["unit"] = Unit,
        ["median"] = Round(Median),
        ["runs"] = new JsonArray([.. Runs.Select(r => (JsonNode)Round(r))]),
        ["atLeast"] = AtLeast,
        ["atMost"] = AtMost,
        ["kept"] = IsKept,
    };

    private static double Round(double value) => Math.Round(value, Math.Abs(value) < 100 ? 3 : 0);
}
