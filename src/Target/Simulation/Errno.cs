namespace CcwFuzz.Target.Simulation;

/// <summary>The kernel's error numbers, positive as in errno.h; functions return them negated.</summary>
public static class Errno
{
    /// <summary>No such entry.</summary>
    public const int ENOENT = 2;
    /// <summary>Interrupted by a signal.</summary>
    public const int EINTR = 4;
    /// <summary>I/O error.</summary>
    public const int EIO = 5;
    /// <summary>No such device or address.</summary>
    public const int ENXIO = 6;
    /// <summary>Try again.</summary>
    public const int EAGAIN = 11;
    /// <summary>Out of memory.</summary>
    public const int ENOMEM = 12;
    /// <summary>Permission denied.</summary>
    public const int EACCES = 13;
    /// <summary>Bad address.</summary>
    public const int EFAULT = 14;
    /// <summary>Device or resource busy.</summary>
    public const int EBUSY = 16;
    /// <summary>Exists already.</summary>
    public const int EEXIST = 17;
    /// <summary>No such device.</summary>
    public const int ENODEV = 19;
    /// <summary>Invalid argument.</summary>
    public const int EINVAL = 22;
    /// <summary>No space left.</summary>
    public const int ENOSPC = 28;
    /// <summary>The other end is gone.</summary>
    public const int EPIPE = 32;
    /// <summary>Function not implemented.</summary>
    public const int ENOSYS = 38;
    /// <summary>Timer expired.</summary>
    public const int ETIME = 62;
    /// <summary>Too many users.</summary>
    public const int EUSERS = 87;
    /// <summary>Operation not supported.</summary>
    public const int EOPNOTSUPP = 95;
    /// <summary>The network is down.</summary>
    public const int ENETDOWN = 100;
    /// <summary>Connection timed out.</summary>
    public const int ETIMEDOUT = 110;
    /// <summary>Operation in progress.</summary>
    public const int EINPROGRESS = 115;
    /// <summary>Remote I/O error.</summary>
    public const int EREMOTEIO = 121;
    /// <summary>Driver requests probe retry.</summary>
    public const int EPROBE_DEFER = 517;
}
