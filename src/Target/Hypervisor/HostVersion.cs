namespace CcwFuzz.Target.Hypervisor;

/// <summary>Which QEMU the host models.</summary>
public enum HostVersion
{
    /// <summary>QEMU 7.2, which the recordings were made with.</summary>
    Q72,
    /// <summary>A newer one: rejects setting indicators twice and adapter subclasses above 7, mends READ_CONF's residual count.</summary>
    Qnew,
}

/// <summary>Device types that the host can plug.</summary>
public enum DeviceType
{
    /// <summary>Entropy source (virtio-rng-ccw): one queue of 8.</summary>
    Rng,
    /// <summary>Disk (virtio-blk-ccw): one queue of 256.</summary>
    Blk,
    /// <summary>SCSI host adapter (virtio-scsi-ccw): control, event and one request queue of 256, one disk.</summary>
    Scsi,
    /// <summary>Network interface (virtio-net-ccw): receive and transmit queue of 256, control queue of 64.</summary>
    Net,
    /// <summary>Serial adapter (virtio-serial-ccw): 31 ports, 64 queues of 128, the two control queues of 32.</summary>
    Serial,
    /// <summary>Balloon (virtio-balloon-ccw): inflate, deflate and statistics queue of 128.</summary>
    Balloon,
}
