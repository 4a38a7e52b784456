namespace CcwFuzz.Target.Variants;

/// <content>Remedies of the host: what QEMU should do.</content>
public static partial class Remedies
{
    /// <summary>A channel program ends.</summary>
    public static Switch ProgramLimit { get; } = new("R60", "ProgramLimit",
        "sch_handle_start_func_virtual() ends a channel program with a program check after 65,536 CCWs.",
        "css.c: NOOP and TIC in a circle keep the big lock for ever");

    /// <summary>A subchannel that is disabled has a device that does nothing.</summary>
    public static Switch ResetDisabled { get; } = new("R61", "ResetDisabled",
        "virtio_sch_disable_cb() resets the virtio device.",
        "virtio-ccw.c: a guest without a path, or that gives a device up, cannot send VDEV_RESET, and frees rings and indicators");

    private static Switch[] Host => [ProgramLimit, ResetDisabled];
}
