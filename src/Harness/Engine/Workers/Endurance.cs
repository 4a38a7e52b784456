namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>Decides when a worker that dies again and again is given up.</summary>
/// <remarks>Whoever is killed from outside now and then is always started again; what cannot live is not started for ever.</remarks>
internal sealed class Endurance
{
    /// <summary>Deaths in a row that are too many.</summary>
    public const int Deaths = 5;

    /// <summary>Deaths in a row, before any execution began, that are too many: that is no input's fault.</summary>
    public const int DeathsAtStart = 3;

    /// <summary>Executions between two deaths that end a row.</summary>
    public const long Enough = 1000;

    private int inARow;
    private int atStart;

    /// <summary>The worker died.</summary>
    /// <param name="executions">Executions since it was started.</param>
    /// <param name="hasBegun">Whether any began.</param>
    /// <returns>Why it is given up, or null.</returns>
    public string? Died(long executions, bool hasBegun)
    {
        inARow = executions >= Enough ? 1 : inARow + 1;
        atStart = hasBegun ? 0 : atStart + 1;
        if (atStart >= DeathsAtStart) return $"it died {atStart} times at its start";
        return inARow >= Deaths ? $"it died {inARow} times without {Enough} executions between" : null;
    }
}
