using System.Text.Json.Nodes;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>One measured quantity.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Runs">The measurements in their order; none if it could not be measured.</param>
internal sealed record BenchRow(string Name, string Unit, IReadOnlyList<double> Runs)
{
    /// <summary>The smallest value that keeps the budget, if there is one.</summary>
    public double? AtLeast { get; init; }

    /// <summary>The largest value that keeps the budget, if there is one.</summary>
    public double? AtMost { get; init; }

    /// <summary>Why it could not be measured, if so.</summary>
    public string? Missing { get; init; }

    /// <summary>The median of the measurements; null if there are none.</summary>
    public double? Median
    {
        get
        {
            if (Runs.Count == 0) return null;
            var sorted = Runs.Order().ToList();
            return (sorted[sorted.Count / 2] + sorted[(sorted.Count - 1) / 2]) / 2;
        }
    }

    /// <summary>Whether the median keeps the budget; null if there is no median.</summary>
    public bool? IsKept => Median is not { } median
        ? null
        : (AtLeast is not { } low || median >= low) && (AtMost is not { } high || median <= high);

    /// <summary>The row as JSON.</summary>
    public JsonObject Json()
    {
        var json = new JsonObject
        {
            ["name"] = Name,
            ["unit"] = Unit,
            ["median"] = Median is { } median ? Round(median) : null,
            ["runs"] = new JsonArray([.. Runs.Select(r => (JsonNode)Round(r))]),
            ["atLeast"] = AtLeast,
            ["atMost"] = AtMost,
            ["kept"] = IsKept,
        };
        if (Missing is not null) json["missing"] = Missing;
        return json;
    }

    private static double Round(double value) => Math.Round(value, Math.Abs(value) < 100 ? 3 : 0);
}
