namespace CcwFuzz.Target.Simulation.Strategies;

/// <summary>The simplest schedule: interrupts come at once, everything else runs until it blocks.</summary>
public sealed class RunToCompletion : IScheduleStrategy
{
    /// <summary>The only instance needed: it has no state.</summary>
    public static RunToCompletion Instance { get; } = new();

    /// <inheritdoc/>
    public void Begin()
    {
    }

    /// <inheritdoc/>
    public int Choose(in Decision decision) => 0;
}
