namespace CcwFuzz.Target.Hypervisor;

/// <summary>What comes of a disk's reads and writes (werror=report, rerror=report).</summary>
public enum BackEndResult
{
    /// <summary>They succeed.</summary>
    Ok,
    /// <summary>EIO: VIRTIO_BLK_S_IOERR, or an aborted command, which Linux tries again.</summary>
    IoError,
    /// <summary>ENODATA: VIRTIO_BLK_S_IOERR, or an unrecovered read error, which Linux gives up at.</summary>
    MediumError,
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
