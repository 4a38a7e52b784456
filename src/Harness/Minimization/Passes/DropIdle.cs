using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Drops all operations that did nothing, in one step.</summary>
/// <remarks>
/// They can still matter: they start a process, and what follows them starts later. Then the passes that drop operations one by one
/// decide. Deviations that were not taken are gone already (<see cref="Reduction"/>), and faults are few.
/// </remarks>
internal sealed class DropIdle : IPass
{
    /// <inheritdoc/>
    public string Name => "drop-idle";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        var idle = reduction.Idle.Where(part => part.Kind == RecordKind.Operation).Select(part => part.Operation).ToList();
        if (idle.Count == 0) return;
        var draft = new Draft(reduction.Current);
        for (var i = idle.Count - 1; i >= 0; i--) draft.Remove(idle[i]);
        reduction.Try(draft.Assemble());
    }
}
