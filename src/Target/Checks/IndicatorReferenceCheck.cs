using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I47: an indicator address has as many references as devices refer to it, and those that QEMU forgets for ever.</summary>
/// <remarks>QEMU 7.2 forgets old ones when new ones are set, and two of three when a device goes: known, and not reported.</remarks>
internal sealed class IndicatorReferenceCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var indicator in stack.Host.Indicators.Live)
        {
            var users = indicator.Forgotten;
            foreach (var device in stack.Host.Devices)
                users += Count(device.Indicators, indicator) + Count(device.ConfigIndicators, indicator)
                    + Count(device.SummaryIndicator, indicator);
            if (users == indicator.RefCount) continue;
            stack.World.Note(new Violation
            {
                Kind = ViolationKind.RefCount,
                ObjectType = "struct IndAddr",
                Message = $"the indicator at {indicator.Address:x} has {indicator.RefCount} references, and {users} users",
            });
        }
    }

    private static int Count(IndAddr? field, IndAddr indicator) => ReferenceEquals(field, indicator) ? 1 : 0;
}
