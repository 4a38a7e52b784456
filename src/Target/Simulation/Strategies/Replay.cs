namespace CcwFuzz.Target.Simulation.Strategies;

/// <summary>Plays a list of deviations; everything else is run-to-completion.</summary>
/// <remarks>Bounded deviations in the sense of delay-bounded scheduling (Emmi, Qadeer, Rakamaric, POPL 2011).</remarks>
public sealed class Replay : IScheduleStrategy
{
    private IReadOnlyList<Deviation> deviations = [];

    /// <summary>The deviations to play.</summary>
    public void Load(IReadOnlyList<Deviation> list) => deviations = list;

    /// <inheritdoc/>
    public void Begin()
    {
    }

    /// <inheritdoc/>
    public int Choose(in Decision decision)
    {
        // Lists are short (a handful of deviations); the last of two at one place wins.
        for (var i = deviations.Count - 1; i >= 0; i--)
        {
            var deviation = deviations[i];
            if (deviation.Operation == decision.Operation && deviation.Point == decision.Point)
                return deviation.ChoiceAmong(decision.Count);
        }
        return 0;
    }
}
