namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Numbers of the feature bits that no device type owns (include/uapi/linux/virtio_config.h, virtio_ring.h).</summary>
public static class VirtioFeature
{
    /// <summary>First bit that belongs to the transport (VIRTIO_TRANSPORT_F_START).</summary>
    public const int TransportStart = 28;

    /// <summary>The bit after the last one that belongs to the transport (VIRTIO_TRANSPORT_F_END).</summary>
    public const int TransportEnd = 41;

    /// <summary>Descriptors may point to tables of descriptors (VIRTIO_RING_F_INDIRECT_DESC).</summary>
    public const int RingIndirectDesc = 28;

    /// <summary>Both sides publish when they want to be notified (VIRTIO_RING_F_EVENT_IDX).</summary>
    public const int RingEventIdx = 29;

    /// <summary>The device is not a legacy one; everything is little-endian (VIRTIO_F_VERSION_1).</summary>
    public const int Version1 = 32;

    /// <summary>The device must be accessed through the platform's DMA (VIRTIO_F_ACCESS_PLATFORM).</summary>
    public const int AccessPlatform = 33;

    /// <summary>The packed layout of queues (VIRTIO_F_RING_PACKED).</summary>
    public const int RingPacked = 34;

    /// <summary>Memory accesses are ordered as the platform does (VIRTIO_F_ORDER_PLATFORM).</summary>
    public const int OrderPlatform = 36;
}

/// <summary>Bits of the status byte (include/uapi/linux/virtio_config.h).</summary>
public static class VirtioStatus
{
    /// <summary>The guest found the device (VIRTIO_CONFIG_S_ACKNOWLEDGE).</summary>
    public const byte Acknowledge = 1;

    /// <summary>It has a driver for it (VIRTIO_CONFIG_S_DRIVER).</summary>
    public const byte Driver = 2;

    /// <summary>The driver is set up (VIRTIO_CONFIG_S_DRIVER_OK).</summary>
    public const byte DriverOk = 4;

    /// <summary>The features are agreed on (VIRTIO_CONFIG_S_FEATURES_OK).</summary>
    public const byte FeaturesOk = 8;

    /// <summary>The guest gave up on the device (VIRTIO_CONFIG_S_FAILED).</summary>
    public const byte Failed = 0x80;
}
