namespace CcwFuzz.Target.Variants;

/// <summary>Who keeps the ccw device alive while virtio_ccw uses it (device-stack.md 1.4).</summary>
public enum Lifetime
{
    /// <summary>A: buffers come from kzalloc; nothing of virtio_ccw needs the ccw device's pool.</summary>
    PreDma,
    /// <summary>B: buffers come from the ccw device's pool, and nothing pins the device.</summary>
    Unpinned,
    /// <summary>C: every block of the pool holds a reference to the ccw device.</summary>
    Mainline,
    /// <summary>D: virtio_ccw_online takes a reference, virtio_ccw_release_dev drops it.</summary>
    DriverPin,
}

/// <summary>How the host executes I/O instructions.</summary>
public enum HostModel
{
    /// <summary>Atomically, and channel programs complete within SSCH: QEMU under its big lock.</summary>
    Bql,
    /// <summary>Channel programs complete later, as the architecture allows.</summary>
    Deferred,
}
