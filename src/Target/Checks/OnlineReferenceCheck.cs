using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I55: being online is one reference, and not being online none but that of whoever is changing it.</summary>
internal sealed class OnlineReferenceCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var cdev in stack.Devices)
        {
            if (cdev.Private.Target is not { } priv) continue;
            if (priv.OnlineReferences is 0 or 1 && (!cdev.Online || priv.OnlineReferences == 1)) continue;
            var online = cdev.Online ? "online" : "not online";
            var message = $"{cdev.Name} is {online} with {priv.OnlineReferences} references for it";
            stack.World.Note(ViolationKind.RefCount, message, cdev.TypeName);
        }
    }
}
