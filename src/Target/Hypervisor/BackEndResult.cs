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
