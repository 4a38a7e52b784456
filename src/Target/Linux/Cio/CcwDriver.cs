using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>What a driver is told about its device (asm/ccwdev.h).</summary>
public enum CioEvent
{
    /// <summary>The device is gone.</summary>
    Gone,
    /// <summary>No path is left.</summary>
    NoPath,
    /// <summary>The device is operational again.</summary>
    Oper,
    /// <summary>The device does not answer.</summary>
    Boxed,
}

/// <summary>A driver of the ccw bus (struct ccw_driver).</summary>
/// <param name="name">Name in sysfs.</param>
public abstract class CcwDriver(string name) : DeviceDriver(name)
{
    /// <summary>Control unit type it handles.</summary>
    public abstract ushort CuType { get; }

    /// <summary>Binds to a device; 0 or a negative errno.</summary>
    public abstract SimTask<int> Probe(Ptr<CcwDevice> cdev);

    /// <summary>Unbinds from a device.</summary>
    public abstract SimTask Remove(Ptr<CcwDevice> cdev);

    /// <summary>The device came online: use it; 0 or a negative errno.</summary>
    public abstract SimTask<int> SetOnline(Ptr<CcwDevice> cdev);

    /// <summary>The device shall go offline; 0 or a negative errno.</summary>
    public abstract SimTask<int> SetOffline(Ptr<CcwDevice> cdev);

    /// <summary>Something happened to the device. Called with the ccw device lock held.</summary>
    /// <returns>Whether the driver keeps the device.</returns>
    public abstract bool Notify(Ptr<CcwDevice> cdev, CioEvent happened);

    /// <summary>Paths went or came (path_event); most drivers have no such callback. Called with the ccw device lock held.</summary>
    /// <param name="cdev">The device.</param>
    /// <param name="gone">Mask of the paths that went.</param>
    /// <param name="available">Mask of the paths that came.</param>
    public virtual void PathEvent(Ptr<CcwDevice> cdev, byte gone, byte available)
    {
    }
}
