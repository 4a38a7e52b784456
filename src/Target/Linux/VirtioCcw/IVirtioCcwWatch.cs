using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>What observers of the virtio-ccw transport are told at the moment it happens.</summary>
/// <remarks>They change nothing, and nothing depends on them.</remarks>
public interface IVirtioCcwWatch
{
    /// <summary>ccw_io_helper() started an operation and marked it.</summary>
    /// <returns>What to give to <see cref="IoReturns"/>.</returns>
    IoStart IoStarted(Ptr<VirtioCcwDevice> vcdev, uint flag);

    /// <summary>The start of an operation was refused with -EBUSY, and it is tried again.</summary>
    void IoBusy(Ptr<VirtioCcwDevice> vcdev);

    /// <summary>I/O of the device was killed: the handler got an error instead of status.</summary>
    void IoKilled(Ptr<VirtioCcwDevice> vcdev);

    /// <summary>ccw_io_helper() returns the result of what it started.</summary>
    void IoReturns(Ptr<VirtioCcwDevice> vcdev, in IoStart start, int result);

    /// <summary>The virtio device of a ccw device is about to be unregistered.</summary>
    void Unregistering(Ptr<CcwDevice> cdev, Ptr<VirtioCcwDevice> vcdev);

    /// <summary>A read of the configuration failed, and the caller is not told.</summary>
    void ConfigNotRead(Ptr<VirtioCcwDevice> vcdev);
}
