namespace CcwFuzz.Target.Simulation;

/// <summary>What of a campaign did something in this execution, as far as whoever did it, or could not, says so.</summary>
/// <remarks>No trace, key or verdict depends on it. An operation has an effect unless somebody says that it had none.</remarks>
public sealed class EffectLog
{
    private readonly Dictionary<int, string> idleOperations = [];
    private readonly HashSet<int> faultsThatHappened = [];

    /// <summary>An operation did nothing.</summary>
    /// <param name="operation">Its number.</param>
    /// <param name="why">Why, in a few words.</param>
    public void DidNothing(int operation, string why) => idleOperations.TryAdd(operation, why);

    /// <summary>An allocation failed because a campaign wanted it.</summary>
    /// <param name="fault">Number of the fault in the campaign.</param>
    public void Happened(int fault) => faultsThatHappened.Add(fault);

    /// <summary>Why an operation did nothing; null if it did something.</summary>
    public string? WhyIdle(int operation) => idleOperations.GetValueOrDefault(operation);

    /// <summary>Whether a fault made an allocation fail.</summary>
    public bool HasHappened(int fault) => faultsThatHappened.Contains(fault);

    /// <summary>A new execution starts.</summary>
    public void Reset()
    {
        idleOperations.Clear();
        faultsThatHappened.Clear();
    }
}
