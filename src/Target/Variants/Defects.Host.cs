namespace CcwFuzz.Target.Variants;

/// <content>What was wrong in QEMU's channel subsystem, virtio-ccw transport and virtio core.</content>
public static partial class Defects
{
    /// <summary>css_generate_sch_crws() takes no interrupt back.</summary>
    public static Switch KeepIrqOnUnplug { get; } = new("H38", "KeepIrqOnUnplug",
        "An I/O interrupt that is pending stays pending when its subchannel is unplugged.", "QEMU c1755b14fade, v2.7.0");

    /// <summary>The transport's exit stops the ioeventfd.</summary>
    public static Switch IoeventfdAfterFree { get; } = new("H39", "IoeventfdAfterFree",
        "The ioeventfd is stopped after the virtio device is gone.", "QEMU 0b81c1ef5c67 and 06a1307379fc, v2.0");

    /// <summary>The unplug routine unparents what qdev unparents.</summary>
    public static Switch DoubleUnparent { get; } = new("H40", "DoubleUnparent",
        "Unplugging unparents the device, and then its caller does it again.", "QEMU b8a205f2ed22, v1.5.0 or earlier");

    /// <summary>virtio_ccw_reset() resets the virtio device only.</summary>
    public static Switch SystemResetKeepsIndicators { get; } = new("H41a", "SystemResetKeepsIndicators",
        "A reset of the machine leaves indicators registered.", "QEMU 6504a9301113, v1.6.0");

    /// <summary>VDEV_RESET and status 0 reset the virtio device only.</summary>
    public static Switch GuestResetKeepsIndicators { get; } = new("H41b", "GuestResetKeepsIndicators",
        "A reset by the driver leaves indicators registered and adapter interrupts on.", "QEMU fa8b0ca5d1b6, v2.4.0");

    /// <summary>SET_VQ compares the index with the maximum as if that were allowed.</summary>
    public static Switch SetVqIndex { get; } = new("H43a", "SetVqIndex",
        "SET_VQ takes an index one beyond the device's table of queues.", "QEMU 590fe5722b52, v2.3.0");

    /// <summary>READ_VQ_CONF takes any index.</summary>
    public static Switch ReadVqConfIndex { get; } = new("H43b", "ReadVqConfIndex",
        "READ_VQ_CONF takes any index.", "QEMU d03a363054f1, v2.3.0");

    /// <summary>The notification takes any queue index.</summary>
    public static Switch HypercallQueue { get; } = new("H44a", "HypercallQueue",
        "The notification by diagnose 0x500 takes any queue index.", "QEMU b57ed9bf075e, v1.5.0 or earlier");

    /// <summary>The table of images ends before image 255.</summary>
    public static Switch Cssid255 { get; } = new("H44b", "Cssid255",
        "A subchannel id that names image 255 is looked up beyond the table of images.", "QEMU 882b3b97697a, v2.8.0");

    /// <summary>CANCEL SUBCHANNEL's condition codes 1 and 2 are exchanged.</summary>
    public static Switch XschCc { get; } = new("H47", "XschCc",
        "CANCEL SUBCHANNEL exchanges condition codes 1 and 2.", "QEMU 6c86462220a1, v2.11.0");

    /// <summary>A channel program at address 0 ends with -EIO.</summary>
    public static Switch NullCcwEio { get; } = new("H49a", "NullCcwEio",
        "A channel program at address 0 ends without any status.", "QEMU cc6a9f8dc927, v2.11.0");

    /// <summary>-EFAULT is a channel data check.</summary>
    public static Switch FaultIsDataCheck { get; } = new("H49b", "FaultIsDataCheck",
        "A data address of 0 is a channel data check and no program check.", "QEMU 248b920df95a, v2.11.0");

    /// <summary>CCWs are fetched from any address.</summary>
    public static Switch CcwAddress { get; } = new("H50a", "CcwAddress",
        "CCWs are fetched from addresses that are not aligned or too high.", "QEMU 198c0d1f9df8, v2.10.0");

    /// <summary>Data addresses have no limit.</summary>
    public static Switch DataAddress { get; } = new("H50b", "DataAddress",
        "Data may lie beyond 16 MiB for format-0 and 2 GiB for format-1 CCWs.", "QEMU 62a2554ec263, v2.11.0");

    /// <summary>TIC is checked for the chaining flags only.</summary>
    public static Switch TicBits { get; } = new("H50c", "TicBits",
        "Of a transfer in channel only the chaining flags must be zero.", "QEMU 4add0da64942, v2.10.0");

    /// <summary>A format-0 TIC is taken for a command like others.</summary>
    public static Switch Format0Tic { get; } = new("H50d", "Format0Tic",
        "A transfer in channel of format 0 needs a count.", "QEMU 9f94f84ce7df, v2.9.0");

    /// <summary>The bit that announces concurrent sense is the one beside it.</summary>
    public static Switch SenseCount { get; } = new("H51", "SenseCount",
        "The extended report word announces concurrent sense data with the wrong bit.", "QEMU 8312976e73fc, v1.6.0");

    /// <summary>A reset does not reach the subchannel.</summary>
    public static Switch NoBaseReset { get; } = new("H52", "NoBaseReset",
        "A reset of the machine leaves the subchannel as it is (in QEMU: that of a 3270).", "QEMU 838fb84f83c8, v3.0.0");

    /// <summary>css_schid_final() looks for image 0, which is not there.</summary>
    public static Switch SchidFinal { get; } = new("H54", "SchidFinal",
        "STORE SUBCHANNEL for an unused id says that there is none above.", "QEMU 38dd7cc776bb, v1.5.0 or earlier");

    /// <summary>A reset of a queue keeps its mapping.</summary>
    public static Switch CacheSurvivesReset { get; } = new("H55a", "CacheSurvivesReset",
        "The mapping of a ring survives reset and is used though no ring is set up.", "QEMU e0e2d644096c and 168e4af3c129, v2.9.0");

    /// <summary>The deletion of a queue keeps its mapping.</summary>
    public static Switch CacheLeakOnDel { get; } = new("H55b", "CacheLeakOnDel",
        "Deleting a queue does not give its mapping back.", "QEMU 421afd2fe8dd, v5.0.0");

    /// <summary>vring_get_region_caches() asserts that there is a mapping.</summary>
    public static Switch CacheAssert { get; } = new("H55c", "CacheAssert",
        "A ring without a mapping is an assertion.", "QEMU abdd16f4681c, v5.0.0");

    /// <summary>Indicators are set again without giving the old ones back.</summary>
    public static Switch IndicatorsSetAgain { get; } = new("H58a", "IndicatorsSetAgain",
        "Indicators can be registered again, and the old reference is lost; always so on host version q72, but reported with this only.",
        "QEMU 7.2; device-stack.md 6.4");

    /// <summary>The interruption subclass is not checked.</summary>
    public static Switch IscUnchecked { get; } = new("H58b", "IscUnchecked",
        "SET_IND_ADAPTER takes any interruption subclass; always so on host version q72.", "QEMU 7.2; device-stack.md 6.4");

    /// <summary>READ_CONF has its residual count where it failed.</summary>
    public static Switch ReadConfResidual { get; } = new("H58c", "ReadConfResidual",
        "READ_CONF sets the residual count only where it failed; always so on host version q72, but reported with this only.",
        "QEMU 7.2; device-stack.md 6.4");

    private static readonly (string Id, string Reason)[] HostNotExpressed =
    [
        ("H45", "ClassicOver64: needs a device with more than 64 queues; the widest that campaigns plug has 64."),
        ("H56", "HotplugFailNoUnwind: no plug of a campaign fails between the virtio device's and the bus's part of realizing."),
    ];

    private static Switch[] HostDefects() =>
    [
        KeepIrqOnUnplug, IoeventfdAfterFree, DoubleUnparent, SystemResetKeepsIndicators, GuestResetKeepsIndicators, SetVqIndex,
        ReadVqConfIndex, HypercallQueue, Cssid255, XschCc, NullCcwEio, FaultIsDataCheck, CcwAddress, DataAddress, TicBits, Format0Tic,
        SenseCount, NoBaseReset, SchidFinal, CacheSurvivesReset, CacheLeakOnDel, CacheAssert, IndicatorsSetAgain, IscUnchecked,
        ReadConfResidual,
    ];
}
