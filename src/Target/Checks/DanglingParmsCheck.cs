using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I15: dev->dma_parms is NULL or points into something that lives, also where nobody follows it at the moment.</summary>
internal sealed class DanglingParmsCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var cdev in stack.Devices)
        {
            if (cdev.DmaParms is not { IsDangling: true, Target: { } parms }) continue;
            var violation = parms.Describe(ViolationKind.UseAfterFree, $"dev->dma_parms of {cdev.Name} points into freed {parms.TypeName}");
            stack.World.Note(violation with { Access = null, AccessContext = "" });
        }
    }
}
