namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Collects measurements under their names.</summary>
internal sealed class Measurements
{
    private readonly Dictionary<string, List<double>> runs = [];
    private readonly Dictionary<string, string> reasons = [];

    /// <summary>Adds a measurement.</summary>
    public void Add(string name, double value)
    {
        if (!runs.TryGetValue(name, out var list)) runs.Add(name, list = []);
        list.Add(value);
    }

    /// <summary>Says why something cannot be measured; the first reason counts.</summary>
    public void Miss(string name, string reason) => reasons.TryAdd(name, reason);

    /// <summary>The row of a name.</summary>
    public BenchRow Row(string name, string unit) =>
        new(name, unit, runs.TryGetValue(name, out var list) ? list : []) { Missing = reasons.GetValueOrDefault(name) };
}
