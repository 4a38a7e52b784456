using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>How a request ended (blk_status_t, include/linux/blk_types.h); only what the modelled drivers report.</summary>
public enum BlkStatus
{
    /// <summary>Well (BLK_STS_OK).</summary>
    Ok,
    /// <summary>With an error (BLK_STS_IOERR).</summary>
    IoError,
    /// <summary>The device does not support it (BLK_STS_NOTSUPP).</summary>
    NotSupported,
    /// <summary>The device is offline (BLK_STS_OFFLINE).</summary>
    Offline,
    /// <summary>The device refused it (BLK_STS_TARGET).</summary>
    Target,
    /// <summary>Not now: memory or the like is short; tried again a little later (BLK_STS_RESOURCE).</summary>
    Resource,
    /// <summary>Not now: the device will say when (BLK_STS_DEV_RESOURCE).</summary>
    DeviceResource,
}

/// <summary>Operations of requests (enum req_op).</summary>
public enum RequestOp
{
    /// <summary>Read sectors.</summary>
    Read,
    /// <summary>Write sectors.</summary>
    Write,
    /// <summary>A command of the driver's own that transfers from the device, or nothing (REQ_OP_DRV_IN).</summary>
    DriverIn,
}

/// <summary>Conversions of <see cref="BlkStatus"/>.</summary>
public static class BlkStatusExtensions
{
    /// <summary>0 or a negative errno (blk_status_to_errno).</summary>
    public static int ToErrno(this BlkStatus status) => status switch
    {
        BlkStatus.Ok => 0,
        BlkStatus.NotSupported => -Errno.EOPNOTSUPP,
        BlkStatus.Offline => -Errno.ENODEV,
        BlkStatus.Target => -Errno.EREMOTEIO,
        BlkStatus.Resource => -Errno.ENOMEM,
        BlkStatus.DeviceResource => -Errno.EBUSY,
        _ => -Errno.EIO,
    };
}
