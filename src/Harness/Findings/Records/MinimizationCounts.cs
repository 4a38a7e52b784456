namespace CcwFuzz.Harness.Findings.Records;

/// <summary>What minimization did.</summary>
/// <param name="OperationsBefore">Operations before.</param>
/// <param name="OperationsAfter">Operations after.</param>
/// <param name="DeviationsBefore">Departures from the default schedule before.</param>
/// <param name="DeviationsAfter">Departures from the default schedule after.</param>
/// <param name="FaultsBefore">Faults before.</param>
/// <param name="FaultsAfter">Faults after.</param>
/// <param name="Executions">Executions it took.</param>
/// <param name="IsMinimal">Whether nothing more can be removed.</param>
internal sealed record MinimizationCounts(
    int OperationsBefore,
    int OperationsAfter,
    int DeviationsBefore,
    int DeviationsAfter,
    int FaultsBefore,
    int FaultsAfter,
    int Executions,
    bool IsMinimal);
