namespace CcwFuzz.Target.Hypervisor;

/// <summary>Bits of the device status byte (VIRTIO_CONFIG_S_*).</summary>
[Flags]
public enum VirtioStatus : byte
{
    /// <summary>Reset.</summary>
    None = 0,
    /// <summary>The guest has seen the device.</summary>
    Acknowledge = 1,
    /// <summary>The guest has a driver.</summary>
    Driver = 2,
    /// <summary>The driver is ready.</summary>
    DriverOk = 4,
    /// <summary>Feature negotiation is complete.</summary>
    FeaturesOk = 8,
    /// <summary>The device met an error from which only a reset helps.</summary>
    NeedsReset = 0x40,
    /// <summary>The driver gave up.</summary>
    Failed = 0x80,
}

/// <summary>Numbers of feature bits that the host knows.</summary>
public static class VirtioFeature
{
    /// <summary>Interrupt when the queue runs empty, whatever the flags say. Legacy only.</summary>
    public const int NotifyOnEmpty = 24;
    /// <summary>Any framing of requests. Legacy only; modern devices always allow it.</summary>
    public const int AnyLayout = 27;
    /// <summary>Indirect descriptors.</summary>
    public const int IndirectDesc = 28;
    /// <summary>used_event and avail_event.</summary>
    public const int EventIdx = 29;
    /// <summary>Reserved bit that no driver may accept.</summary>
    public const int BadFeature = 30;
    /// <summary>Version 1: little-endian and three ring addresses.</summary>
    public const int Version1 = 32;
    /// <summary>Reset of single queues; offered, but virtio-ccw has no command for it.</summary>
    public const int RingReset = 40;

    /// <summary>Bits that a modern driver is not offered (VIRTIO_LEGACY_FEATURES).</summary>
    public const ulong LegacyMask = (1UL << BadFeature) | (1UL << NotifyOnEmpty) | (1UL << AnyLayout);

    /// <summary>Bits that every device offers (DEFINE_VIRTIO_COMMON_FEATURES, virtio_ccw_pre_plugged).</summary>
    public const ulong Common = (1UL << IndirectDesc) | (1UL << EventIdx) | (1UL << NotifyOnEmpty) | (1UL << AnyLayout)
        | (1UL << Version1) | (1UL << RingReset);
}

/// <summary>The thirteen commands of virtio-ccw (CCW_CMD_*, virtio-ccw.h).</summary>
public static class VirtioCcwCommand
{
    /// <summary>WRITE FEATURES.</summary>
    public const byte WriteFeat = 0x11;
    /// <summary>READ FEATURES.</summary>
    public const byte ReadFeat = 0x12;
    /// <summary>SET VIRTQUEUE.</summary>
    public const byte SetVq = 0x13;
    /// <summary>WRITE CONFIGURATION.</summary>
    public const byte WriteConf = 0x21;
    /// <summary>READ CONFIGURATION.</summary>
    public const byte ReadConf = 0x22;
    /// <summary>WRITE STATUS.</summary>
    public const byte WriteStatus = 0x31;
    /// <summary>READ VIRTQUEUE CONFIGURATION.</summary>
    public const byte ReadVqConf = 0x32;
    /// <summary>RESET DEVICE.</summary>
    public const byte VdevReset = 0x33;
    /// <summary>SET INDICATORS.</summary>
    public const byte SetInd = 0x43;
    /// <summary>SET CONFIGURATION INDICATORS.</summary>
    public const byte SetConfInd = 0x53;
    /// <summary>READ STATUS.</summary>
    public const byte ReadStatus = 0x72;
    /// <summary>SET ADAPTER INDICATORS.</summary>
    public const byte SetIndAdapter = 0x73;
    /// <summary>SET REVISION.</summary>
    public const byte SetVirtioRev = 0x83;

    /// <summary>Name as in traces, e.g. "SET_VQ"; the code in hexadecimal for anything else.</summary>
    public static string NameOf(byte command) => command switch
    {
        WriteFeat => "WRITE_FEAT",
        ReadFeat => "READ_FEAT",
        SetVq => "SET_VQ",
        WriteConf => "WRITE_CONF",
        ReadConf => "READ_CONF",
        WriteStatus => "WRITE_STATUS",
        ReadVqConf => "READ_VQ_CONF",
        VdevReset => "VDEV_RESET",
        SetInd => "SET_IND",
        SetConfInd => "SET_CONF_IND",
        ReadStatus => "READ_STATUS",
        SetIndAdapter => "SET_IND_ADAPTER",
        SetVirtioRev => "SET_VIRTIO_REV",
        _ => $"0x{command:x2}",
    };
}
