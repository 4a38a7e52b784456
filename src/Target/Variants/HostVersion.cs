namespace CcwFuzz.Target.Variants;

/// <summary>Which QEMU the host models (device-stack.md 6.4).</summary>
public enum HostVersion
{
    /// <summary>QEMU 7.2, which the recordings were made with.</summary>
    Q72,
    /// <summary>A newer one: rejects setting indicators twice and adapter subclasses above 7, mends READ_CONF's residual count.</summary>
    Qnew,
}

/// <summary>Who writes indicators and raises adapter interrupts for used buffers (device-stack.md 9, item 10).</summary>
public enum NotifyModel
{
    /// <summary>QEMU under its big lock: indicator, summary and interrupt are one step.</summary>
    Bql,
    /// <summary>An iothread or vhost through irqfd: each is a step of its own, at any time.</summary>
    OutsideBql,
}
