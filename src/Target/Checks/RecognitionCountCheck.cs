using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Checks;

/// <summary>I31: when everything has settled, no device counts as one that is being recognized.</summary>
/// <remarks>
/// io_subchannel_settle() waits until ccw_device_init_count is 0: for boot, and for whoever writes to /proc/cio_settle. A signal
/// frees the latter, so that no task has to hang when the count stays.
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
