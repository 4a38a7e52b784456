using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I45: status that is pending at an enabled subchannel is announced by an interrupt, until somebody collects it.</summary>
/// <remarks>When nothing runs, interrupts that the guest takes have been taken. Condition codes are compared by RawOracle.</remarks>
internal sealed class StatusPendingCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        foreach (var device in stack.Host.Devices)
        {
            if (device.Subchannel is not { } sch || !sch.Status.Scsw.IsStatusPending || !sch.Status.Pmcw.IsEnabled) continue;
            if ((stack.Channel.EnabledSubclasses & (0x80 >> sch.Status.Pmcw.Isc)) == 0) continue;
            if (stack.World.Scheduler.IsRaised(InterruptClass.Io, stack.Channel.InterruptKey(sch))) continue;
            stack.World.Note(new Violation
            {
                Kind = ViolationKind.Protocol,
                ObjectType = "struct SubchDev",
                Message = $"status is pending at {sch.HostId}, and no interrupt",
            });
        }
    }
}
