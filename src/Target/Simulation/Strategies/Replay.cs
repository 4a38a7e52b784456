namespace CcwFuzz.Target.Simulation.Strategies;

/// <summary>Plays a list of deviations; everything else is run-to-completion.</summary>
/// <remarks>Bounded deviations in the sense of delay-bounded scheduling (Emmi, Qadeer, Rakamaric, POPL 2011).</remarks>
public sealed class Replay : IScheduleStrategy
{
    private IReadOnlyList<Deviation> deviations = [];
    private int operation = -1;
    private int first;
    private int end;

    /// <summary>The deviations to play, in the order of their operations.</summary>
    public void Load(IReadOnlyList<Deviation> list)
    {
        deviations = list;
        Begin();
    }

    /// <inheritdoc/>
    public void Begin()
    {
        operation = -1;
        first = end = 0;
    }

    /// <inheritdoc/>
    public int Choose(in Decision decision)
    {
        if (decision.Operation != operation) MoveTo(decision.Operation);
        // An operation has a handful of deviations; the last of two at one place wins.
        for (var i = end - 1; i >= first; i--)
            if (deviations[i].Point == decision.Point) return deviations[i].ChoiceAmong(decision.Count);
        return 0;
    }

    /// <summary>Finds the deviations of an operation; operations come in order, so each deviation is passed once.</summary>
    private void MoveTo(int next)
    {
        if (next < operation) first = end = 0;
        operation = next;
        for (first = end; first < deviations.Count && deviations[first].Operation < next;) first++;
        for (end = first; end < deviations.Count && deviations[end].Operation == next;) end++;
    }
}
