using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I38: what a ccw device or a subchannel is to do is queued, and never forgotten.</summary>
internal sealed class TodoCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var cdev in stack.Devices)
            if (cdev.Private.Target is { } priv && priv.Todo != CdevTodo.Nothing && !IsQueued(priv.TodoWork))
                stack.World.Note(ViolationKind.Protocol, $"{cdev.Name} has something to do that nobody does", cdev.TypeName, "todo");
        foreach (var sch in stack.Subchannels)
            if (sch.Todo != SchTodo.Nothing && !IsQueued(sch.TodoWork))
                stack.World.Note(ViolationKind.Protocol, $"{sch.Name} has something to do that nobody does", sch.TypeName, "todo");
    }

    private static bool IsQueued(WorkItem? work) => work is { IsPending: true } or { IsRunning: true };
}
