namespace CcwFuzz.Target.Simulation;

/// <summary>Decides at the places where more than one thing could happen next. The whole extension point.</summary>
public interface IScheduleStrategy
{
    /// <summary>A new execution starts.</summary>
    void Begin();

    /// <summary>Chooses what happens next.</summary>
    /// <returns>0 for run-to-completion, otherwise the number of another choice, below <see cref="Decision.Count"/>.</returns>
    int Choose(in Decision decision);
}

/// <summary>One place where more than one thing could happen next.</summary>
/// <param name="Scheduler">Who asks.</param>
/// <param name="Operation">Number of the campaign operation that was started last.</param>
/// <param name="Point">How many decisions were taken since that operation started.</param>
/// <param name="Count">Number of choices, at least 2; choice 0 is run-to-completion.</param>
public readonly record struct Decision(Scheduler Scheduler, int Operation, int Point, int Count)
{
    /// <summary>The context that choice <paramref name="index"/> lets run, or null if it takes an interrupt.</summary>
    public Context? ContextOf(int index) => Scheduler.ChoiceContext(index);
}

/// <summary>One departure from run-to-completion.</summary>
/// <param name="Operation">Number of the operation it belongs to.</param>
/// <param name="Point">Number of the decision since that operation started.</param>
/// <param name="Choice">What is chosen there, at least 1; taken modulo the number of alternatives.</param>
public readonly record struct Deviation(int Operation, int Point, int Choice)
{
    /// <summary>The choice among <paramref name="count"/> that this deviation means; never 0.</summary>
    public int ChoiceAmong(int count) => ((Choice - 1) % (count - 1)) + 1;
}
