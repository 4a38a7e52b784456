using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I10: callbacks of a ccw device's driver never overlap.</summary>
/// <param name="world">Where violations go.</param>
internal sealed class DriverCallbackCheck(World world)
{
    private readonly List<(CcwDevice Cdev, string Callback)> running = [];

    /// <summary>A callback is called.</summary>
    public void Enter(CcwDevice cdev, string callback)
    {
        foreach (var (other, what) in running)
        {
            if (other != cdev) continue;
            var pair = string.CompareOrdinal(callback, what) < 0 ? $"{callback}, {what}" : $"{what}, {callback}";
            world.Note(new Violation
            {
                Kind = ViolationKind.Protocol,
                ObjectType = cdev.TypeName,
                Message = $"{callback} of {cdev.Name} begins while {what} runs",
                State = pair,
            });
        }
        running.Add((cdev, callback));
    }

    /// <summary>It returned.</summary>
    public void Leave(CcwDevice cdev, string callback) => running.Remove((cdev, callback));
}
