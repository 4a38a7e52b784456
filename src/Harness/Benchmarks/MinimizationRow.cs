namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What minimizing raw campaigns of one finding, or of all, came to; medians unless it says otherwise.</summary>
/// <param name="Name">Key of the finding.</param>
/// <param name="Campaigns">How many raw campaigns were minimized.</param>
/// <param name="OperationsBefore">Operations of a raw campaign.</param>
/// <param name="OperationsAfter">Operations left.</param>
/// <param name="MostOperationsAfter">Operations left at most.</param>
/// <param name="Ratio">Operations left of those before.</param>
/// <param name="DeviationsBefore">Schedule deviations of a raw campaign.</param>
/// <param name="DeviationsAfter">Schedule deviations left.</param>
/// <param name="FaultsBefore">Faults of a raw campaign.</param>
/// <param name="FaultsAfter">Faults left.</param>
/// <param name="Executions">Executions used.</param>
/// <param name="MostExecutions">Executions used at most.</param>
/// <param name="KeyChanges">Results that do not show the key by themselves.</param>
/// <param name="NotMinimal">Results from which a single operation, fault or deviation can still be removed.</param>
internal sealed record MinimizationRow(
    string Name,
    int Campaigns,
    double OperationsBefore,
    double OperationsAfter,
    int MostOperationsAfter,
    double Ratio,
    double DeviationsBefore,
    double DeviationsAfter,
    double FaultsBefore,
    double FaultsAfter,
    double Executions,
    int MostExecutions,
    int KeyChanges,
    int NotMinimal)
{
    /// <summary>Summarizes some minimizations.</summary>
    public static MinimizationRow Of(string name, IReadOnlyList<MinimizationSample> samples) => new(
        name,
        samples.Count,
        Median(samples, s => s.Result.OperationsBefore),
        Median(samples, s => s.Result.OperationsAfter),
        samples.Count == 0 ? 0 : samples.Max(s => s.Result.OperationsAfter),
        Median(samples, s => (double)s.Result.OperationsAfter / s.Result.OperationsBefore),
        Median(samples, s => s.Result.DeviationsBefore),
        Median(samples, s => s.Result.DeviationsAfter),
        Median(samples, s => s.Result.FaultsBefore),
        Median(samples, s => s.Result.FaultsAfter),
        Median(samples, s => s.Result.Executions),
        samples.Count == 0 ? 0 : samples.Max(s => s.Result.Executions),
        samples.Count(s => !s.KeepsKey),
        samples.Count(s => !s.IsMinimal));

    private static double Median(IReadOnlyList<MinimizationSample> samples, Func<MinimizationSample, double> value)
    {
        if (samples.Count == 0) return 0;
        var sorted = samples.Select(value).Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
