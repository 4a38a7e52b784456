namespace CcwFuzz.Target.Variants;

/// <content>What was wrong in Linux: virtio_ccw, the common I/O layer, the virtio core and its drivers.</content>
public static partial class Defects
{
    /// <summary>ccw_io_helper() takes no io_lock.</summary>
    public static Switch NoIoLock { get; } = new("H04", "NoIoLock",
        "Several tasks can be inside ccw_io_helper() for one device.", "Linux 78b1a52e05c9, v4.20");

    /// <summary>get_airq_indicator() takes no airq_areas_lock.</summary>
    public static Switch AirqNoMutex { get; } = new("H06", "AirqNoMutex",
        "Two devices that come online at once can both create the same indicator area.", "Linux 4f419eb14272, v5.3");

    /// <summary>The driver knows revision 1 at most, and issues READ_STATUS from it on.</summary>
    public static Switch ReadStatusRev1 { get; } = new("H09", "ReadStatusRev1",
        "READ_STATUS is issued at revision 1, which does not have it.",
        "Linux, \"virtio/s390: implement virtio-ccw revision 2 correctly\", v5.12");

    /// <summary>VIRTIO_HARDEN_NOTIFICATION.</summary>
    public static Switch Harden { get; } = new("H10", "Harden",
        "Queues are broken until virtio_device_ready() and from a reset on, which drivers do not expect that use them earlier.",
        "Linux 8b4ec69d7e09, v5.19-rc1; off by default since c346dae4f3fb");

    /// <summary>virtio_ccw_remove() does not break the device.</summary>
    public static Switch NoBreakOnLost { get; } = new("H11", "NoBreakOnLost",
        "The queues of a device that is gone are not broken, so that requests wait for a host that cannot answer.",
        "Linux e75279c4fb85, v3.15");

    /// <summary>cdev->dev.dma_parms points into the virtio_ccw device and is cleared in virtio_ccw_offline() only.</summary>
    public static Switch DmaParmsEmbedded { get; } = new("H13", "DmaParmsEmbedded",
        "The ccw device points to DMA parameters inside struct virtio_ccw_device, and removal leaves the pointer.",
        "Linux, \"s390/virtio_ccw: Fix dma_parm pointer not set up\", v6.13");

    /// <summary>ccw_device_start() tests ENA first and finds it in a SCHIB without a device.</summary>
    public static Switch StartEnaBeforeDnv { get; } = new("H14", "StartEnaBeforeDnv",
        "Starting I/O on a device that is gone ends with -EINVAL, and virtio_ccw_drop_indicator() keeps its indicators.",
        "Linux 8c58a229688c, v6.13; mail of 2026-06-12");

    /// <summary>IO_SCH_UNREG is for subchannels without a device.</summary>
    public static Switch UnregOnlyIfNoCdev { get; } = new("H16", "UnregOnlyIfNoCdev",
        "A subchannel that is gone stays, with its device, if it had one.",
        "Linux, \"s390/cio: Remove the invalid condition on IO_SCH_UNREG\", v5.13");

    /// <summary>CDEV_TODO_UNREG unregisters the subchannel.</summary>
    public static Switch TodoUnregKillsSch { get; } = new("H17", "TodoUnregKillsSch",
        "A ccw device that is unregistered by its own work item takes its subchannel with it.", "Linux 2297791c92d0, v5.15");

    /// <summary>io_subchannel_verify() does nothing without a device.</summary>
    public static Switch VerifyNeedsCdev { get; } = new("H18", "VerifyNeedsCdev",
        "A subchannel without a device is not looked at when a path comes.", "Linux b1b0d5aec1cf, v6.4");

    /// <summary>sch_get_action() answers a device without a path with IO_SCH_UNREG.</summary>
    public static Switch NoPathUnregSch { get; } = new("H19", "NoPathUnregSch",
        "A device whose only path is gone takes its subchannel with it.", "Linux 89c0c62e947a, v6.5");

    /// <summary>ccw_purge_blacklisted() looks at devices only.</summary>
    public static Switch PurgeOnlyCdev { get; } = new("H26", "PurgeOnlyCdev",
        "The subchannel of an ignored device that is purged stays.", "Linux 9daa5a879586, v6.18");

    /// <summary>dev_busid_show() does not look whether the SCHIB is valid.</summary>
    public static Switch BusidNoCheck { get; } = new("H28", "BusidNoCheck",
        "A subchannel shows the device number of a SCHIB without a device.",
        "Linux, \"s390/cio: check the subchannel validity for dev_busid\", v5.16");

    /// <summary>The transport frees its device behind unregister_virtio_device().</summary>
    public static Switch KfreeAfterUnregister { get; } = new("H32", "KfreeAfterUnregister",
        "The virtio device is freed when it was unregistered, whoever still has a reference.",
        "Linux 63bd62a08ca4 (virtio_pci), v4.5");

    /// <summary>A driver's remove deletes its queues before it resets the device.</summary>
    public static Switch DelVqsBeforeReset { get; } = new("H35", "DelVqsBeforeReset",
        "virtio_rng, virtio_blk and virtio_console delete their queues while the device still uses them.",
        "Linux, \"ALSA: virtio: reset device before deleting virtqueues\" (virtio_snd)");

    /// <summary>virtnet_probe() makes the device ready after the interface is registered and the lock is given up.</summary>
    public static Switch KickBeforeDriverOk { get; } = new("H37", "KickBeforeDriverOk",
        "An interface can be opened before its device is ready.",
        "Linux, \"virtio-net: fix race between ndo_open() and virtio_device_ready()\", v5.19");

    private static readonly (string Id, string Reason)[] GuestNotExpressed =
    [
        ("H02", "not fixed: the remedies have its inverse."),
        ("H03", "not fixed: the remedies have its inverse."),
        ("H07", "the modelled kernel has it (2ccd42b959aa came later); here a balloon only loses indicator bits."),
        ("H15", "guest memory lies below 2 GiB, and nothing is mapped for streaming: no mask can be too small."),
        ("H20", "the host stores DNV 0 only where a subchannel is gone or was never there; a raw SCHIB is zeroes then."),
        ("H22", "verification is put off only while status or I/O is pending, for which the start is refused as well."),
        ("H23", "not fixed: the remedies have its inverse."),
        ("H24", "there is no console on a ccw device."),
        ("H27", "the host has no events about the security of paths (CHP_FCES_EVENT)."),
        ("H33", "s390 resets the machine by diagnose 0x308 before the next kernel is copied: no device goes on."),
        ("H36", "no modelled driver reads the config space in its validate()."),
    ];

    private static Switch[] GuestDefects() =>
    [
        NoIoLock, AirqNoMutex, ReadStatusRev1, Harden, NoBreakOnLost, DmaParmsEmbedded, StartEnaBeforeDnv, UnregOnlyIfNoCdev,
        TodoUnregKillsSch, VerifyNeedsCdev, NoPathUnregSch, PurgeOnlyCdev, BusidNoCheck, KfreeAfterUnregister, DelVqsBeforeReset,
        KickBeforeDriverOk,
    ];
}
