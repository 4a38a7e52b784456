namespace CcwFuzz.Target.Campaigns;

/// <summary>What an operation does. The numbers are those in the bytes and never change their meaning.</summary>
public enum Opcode
{
    /// <summary>The host plugs a device into a slot (device_add).</summary>
    Plug,
    /// <summary>The host removes the device of a slot without asking (device_del; surprise removal for the guest).</summary>
    Unplug,
    /// <summary>A process opens the device node of a slot and keeps it open: a disk or /dev/hwrng.</summary>
    /// <remarks>A network interface goes up instead, and the process opens a socket on it.</remarks>
    Open,
    /// <summary>That process closes the node; it takes the interface down.</summary>
    Close,
    /// <summary>Writes 1 to the ccw device's sysfs attribute online (online_store, device.c).</summary>
    Online,
    /// <summary>Writes 0 to it.</summary>
    Offline,
    /// <summary>Binds the virtio device to its virtio driver through sysfs (bind_store, drivers/base/bus.c).</summary>
    Bind,
    /// <summary>Unbinds it (unbind_store).</summary>
    Unbind,
    /// <summary>Reads from the open node; the host sends as many packets to an interface.</summary>
    Read,
    /// <summary>Writes to the open node; sends packets.</summary>
    Write,
    /// <summary>Binds the ccw device to the virtio_ccw driver through sysfs.</summary>
    BindCcw,
    /// <summary>Unbinds it.</summary>
    UnbindCcw,
    /// <summary>A process reads the status of a virtio device, or what device numbers the subchannels have, in sysfs.</summary>
    SysfsRead,
    /// <summary>Notifies a queue though nothing new is in it (a spurious virtio_ccw_kvm_notify).</summary>
    Kick,
    /// <summary>The host changes the device's config space and says so (virtio_notify_config): a disk's size, a link, a balloon.</summary>
    ConfigChange,
    /// <summary>The host presents an interrupt that nobody asked for.</summary>
    Interrupt,
    /// <summary>The host's back end stops taking buffers.</summary>
    Stall,
    /// <summary>The back end takes buffers again and completes what waits.</summary>
    Complete,
    /// <summary>The guest looks at every subchannel again (css_schedule_eval_all).</summary>
    Rescan,
    /// <summary>The host loses channel reports and says so with an overflow CRW.</summary>
    CrwOverflow,
    /// <summary>A process waits as a write to /proc/cio_settle does.</summary>
    Settle,
    /// <summary>Virtual time passes.</summary>
    Wait,
    /// <summary>The host asks a balloon's driver for statistics (balloon_stats_poll_cb).</summary>
    Stats,
    /// <summary>Devices outside the campaign take bits of the adapter interrupt areas (get_airq_indicator, virtio_ccw.c).</summary>
    Crowd,
    /// <summary>Something happens to a port of a serial adapter: it comes, it goes, its peer connects, goes, sends.</summary>
    Port,
    /// <summary>Varies the channel path of all devices off or on (attribute status of chp0.00, chp.c).</summary>
    Vary,
    /// <summary>Writes to /proc/cio_ignore: a device number is ignored or not any more; what is ignored and offline goes.</summary>
    CioIgnore,
    /// <summary>Binds the ccw device to the driver that keeps its devices (its attribute bind).</summary>
    BindKeeper,
    /// <summary>A process starts a channel program through that driver, or stops it.</summary>
    KeeperIo,
    /// <summary>A program of the guest other than Linux submits a channel program to a device that Linux ignores.</summary>
    Raw,
    /// <summary>The machine check that announces channel reports is lost.</summary>
    LoseMachineCheck,
    /// <summary>The machine is reset, at once or behind an orderly shutdown of devices (kexec), and the guest boots anew on it.</summary>
    Reset,
}

/// <summary>What is written to /proc/cio_ignore.</summary>
public enum IgnoreAction
{
    /// <summary>"add" and the device number.</summary>
    Add,
    /// <summary>"free" and the device number.</summary>
    Free,
    /// <summary>"purge", for all device numbers that are ignored.</summary>
    Purge,
}

/// <summary>An interrupt that the host presents on its own account.</summary>
public enum UnsolicitedInterrupt
{
    /// <summary>Status without any meaning.</summary>
    Spurious,
    /// <summary>A unit check or channel check.</summary>
    Error,
    /// <summary>A classic config-change interrupt; an interface asks the guest to announce itself.</summary>
    Config,
    /// <summary>Status with an interface control check.</summary>
    Check,
    /// <summary>An interrupt for which TEST SUBCHANNEL finds nothing.</summary>
    Nothing,
}

/// <summary>The part of a device's work that the host stops (operation hold) and continues later.</summary>
public enum HeldPart
{
    /// <summary>The back end takes no buffers.</summary>
    Buffers,
    /// <summary>Start, halt and clear functions stay pending; only on a host that defers them.</summary>
    Functions,
}

/// <summary>What a notification by diagnose 0x500 names.</summary>
public enum KickTarget
{
    /// <summary>The device's subchannel.</summary>
    Own,
    /// <summary>A subchannel id without its one bit.</summary>
    Malformed,
    /// <summary>A subchannel that does not exist.</summary>
    Absent,
    /// <summary>The device's subchannel, and a queue number that no device can have.</summary>
    Beyond,
    /// <summary>A subchannel id of all ones, which names image 255.</summary>
    AllOnes,
}
