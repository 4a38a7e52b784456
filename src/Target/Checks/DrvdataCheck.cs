using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I14: driver data of a ccw device points to nothing or to something live.</summary>
internal sealed class DrvdataCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var cdev in stack.Devices)
        {
            if (!cdev.DriverData.IsDangling) continue;
            var freed = cdev.DriverData.Target!;
            stack.World.Note(freed.Describe(ViolationKind.Protocol, $"driver data of {cdev.Name} points to a freed {freed.TypeName}") with
            {
                Access = null,
                AccessContext = "",
            });
        }
    }
}
