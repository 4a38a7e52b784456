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

    /// <summary>A queue that is taken away has no rings.</summary>
    public static Switch ClearRings { get; } = new("R62", "ClearRings",
        "virtio_queue_set_addr() with address 0 takes all three addresses of the queue away, as virtio_queue_set_rings() does.",
        "virtio.c: virtio_queue_update_rings() returns early, and a legacy device goes on using a ring that the guest freed");

    /// <summary>An interruption subclass is checked.</summary>
    public static Switch CheckSubclass { get; } = new("R63", "CheckSubclass",
        "SET_IND_ADAPTER rejects an interruption subclass above 7, as newer versions do.",
        "virtio-ccw.c: io_adapters[] is indexed with it when a queue is notified");

    private static Switch[] Host => [ProgramLimit, ResetDisabled, ClearRings, CheckSubclass];
}
