using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I31: when everything has settled, no device counts as one that is being recognized.</summary>
/// <remarks>
/// io_subchannel_settle() waits until ccw_device_init_count is 0, when the system boots and when a process writes to /proc/cio_settle.
/// A signal ends the wait of such a process. So a count that stays above 0 need not show as a hang, and this check looks at the count.
/// </remarks>
internal sealed class RecognitionCountCheck : IStateCheck
{
    /// <inheritdoc/>
    public void Look(StackView stack)
    {
        var count = stack.Cio.IoSubchannels.InitCount;
        if (count == 0) return;
        stack.World.Note(new Violation
        {
            Kind = ViolationKind.Hang,
            ObjectType = "ccw_device_init_count",
            Message = $"ccw_device_init_count is {count}, and no device is being recognized: io_subchannel_settle() waits for ever",
        });
    }
}
