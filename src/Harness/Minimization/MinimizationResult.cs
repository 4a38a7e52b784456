using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization;

/// <summary>The smallest campaign found with the same key, and what it cost.</summary>
internal sealed record MinimizationResult
{
    /// <summary>The campaign; it shows <see cref="Key"/> by its own schedule.</summary>
    public required Campaign Campaign { get; init; }

    /// <summary>The key, which is that of the campaign at the start.</summary>
    public required string Key { get; init; }

    /// <summary>Operations at the start.</summary>
    public required int OperationsBefore { get; init; }

    /// <summary>Operations left.</summary>
    public int OperationsAfter => Campaign.Operations.Count;

    /// <summary>Departures from the default schedule at the start.</summary>
    public required int DeviationsBefore { get; init; }

    /// <summary>Departures from the default schedule left.</summary>
    public int DeviationsAfter => Campaign.Deviations.Count;

    /// <summary>Faults at the start.</summary>
    public required int FaultsBefore { get; init; }

    /// <summary>Faults left.</summary>
    public int FaultsAfter => Campaign.Faults.Count;

    /// <summary>Executions that it took; those of identical bytes count once.</summary>
    public required int Executions { get; init; }

    /// <summary>Whether no operation, fault or deviation can be left out without losing the key.</summary>
    public required bool IsMinimal { get; init; }

    /// <summary>What each pass used and removed, in the order of their first turn. Removed counts records.</summary>
    public required IReadOnlyList<(string Pass, int Executions, int Removed)> Passes { get; init; }
}
