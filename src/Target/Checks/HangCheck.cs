using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I30, I31, I32: nobody waits for ever, on an interrupt, a state, a request or each other.</summary>
/// <remarks>
/// If several tasks wait, the violation names the one that the others wait for: the check goes from a task that waits for a mutex to
/// the task that holds it, and on from there. If the holders form a circle, it is a deadlock.
/// </remarks>
internal sealed class HangCheck : IRestCheck
{
    /// <inheritdoc/>
    public Violation? Look(GuestKernel kernel)
    {
        Context? first = null;
        foreach (var context in kernel.Scheduler.Contexts)
        {
            if (!IsStuck(context)) continue;
            if (first is null || (first.WaitingForMutex is not null && context.WaitingForMutex is null)) first = context;
        }
        if (first is null) return null;
        var culprit = first;
        for (var i = 0; culprit.WaitingForMutex?.Owner is { } owner; i++)
        {
            if (i > kernel.Scheduler.Contexts.Count) return Report(culprit, ViolationKind.Deadlock, kernel);
            culprit = owner;
        }
        return Report(culprit, ViolationKind.Hang, kernel);
    }

    private static bool IsStuck(Context context) =>
        context.State is ContextState.Sleeping or ContextState.Spinning && !context.IsIdle;

    private static Violation Report(Context culprit, ViolationKind kind, GuestKernel kernel)
    {
        var others = kernel.Scheduler.Contexts.Where(c => IsStuck(c) && c != culprit).Select(c => c.Name).ToList();
        var behind = others.Count == 0 ? "" : $"; behind it: {string.Join(", ", others)}";
        return new Violation
        {
            Kind = kind,
            Message = $"{culprit.Name} waits for ever in {culprit.Site.Function}, {culprit.WaitingFor}{behind}",
            Access = culprit.Site,
            AccessContext = culprit.Name,
        };
    }
}
