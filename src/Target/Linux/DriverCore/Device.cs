using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.DriverCore;

/// <summary>What every device has (struct device with its kobject), include/linux/device.h.</summary>
/// <remarks>Embedding is inheritance: a ccw device is a Device. Its memory goes when <see cref="Release"/> frees it.</remarks>
public abstract class Device : HeapObject
{
    /// <summary>Creates the structure; device_initialize is <see cref="DeviceCore.Initialize"/>.</summary>
    protected Device(World world)
    {
        Lock = new Mutex(world, "device_lock", isOrdered: false);
        Drained = new WaitQueue(world, "for sysfs attributes to become unused");
    }

    /// <summary>Name on its bus, e.g. "0.0.1234" (dev_name).</summary>
    public string Name { get; set; } = "";

    /// <summary>The parent, referenced from device_add to the end of device_del.</summary>
    public Ptr<Device> Parent { get; set; }

    /// <summary>The driver's data (dev_set_drvdata).</summary>
    public Ptr<HeapObject> DriverData { get; set; }

    /// <summary>The driver it is bound to, or null.</summary>
    public DeviceDriver? Driver { get; set; }

    /// <summary>Gives back what the driver has taken for as long as it is bound (devres_head).</summary>
    internal Stack<Action>? Managed { get; set; }

    /// <summary>The bus it is on, or null for devices of a class.</summary>
    public BusType? Bus { get; set; }

    /// <summary>Number of references (kobject's kref).</summary>
    public int RefCount { get; internal set; }

    /// <inheritdoc/>
    internal override int References => RefCount;

    /// <summary>device_del began: no driver may bind any more.</summary>
    public bool IsDead { get; internal set; }

    /// <summary>Whether it is visible in sysfs (device_is_registered).</summary>
    public bool IsRegistered { get; internal set; }

    /// <summary>Parameters for DMA (dev->dma_parms), which somebody else owns; NULL on this kernel.</summary>
    public Ptr<HeapObject> DmaParms { get; set; }

    /// <summary>device_shutdown() took it off its list.</summary>
    internal bool IsShutDown { get; set; }

    /// <summary>device_lock.</summary>
    public Mutex Lock { get; }

    /// <summary>Attributes being read or written now (kernfs active references).</summary>
    internal int SysfsActive { get; set; }

    /// <summary>device_del removed the attributes: no new reader or writer.</summary>
    internal bool SysfsGone { get; set; }

    internal WaitQueue Drained { get; }

    /// <summary>The release callback: called when the last reference is dropped, in the context that drops it.</summary>
    public abstract SimTask Release();
}

/// <summary>A driver of a bus (struct device_driver).</summary>
/// <param name="name">Name in sysfs, e.g. "virtio_blk".</param>
public class DeviceDriver(string name)
{
    /// <summary>Name in sysfs.</summary>
    public string Name => name;
}

/// <summary>A bus (struct bus_type): finds the driver for a device and calls it.</summary>
public abstract class BusType(string name)
{
    /// <summary>Name in sysfs, e.g. "ccw".</summary>
    public string Name => name;

    /// <summary>Drivers in the order they registered.</summary>
    public List<DeviceDriver> Drivers { get; } = [];

    /// <summary>Devices in the order they were added (klist_devices).</summary>
    internal List<Ptr<Device>> Devices { get; } = [];

    /// <summary>Whether a driver handles a device.</summary>
    public abstract bool Match(Ptr<Device> device, DeviceDriver driver);

    /// <summary>Binds; 0 or a negative errno. dev->driver is already set.</summary>
    public abstract SimTask<int> Probe(Ptr<Device> device);

    /// <summary>Unbinds.</summary>
    public abstract SimTask Remove(Ptr<Device> device);

    /// <summary>The machine is going to be reset: stops the device. Called with its lock and its parent's held.</summary>
    public virtual SimTask Shutdown(Ptr<Device> device) => SimTask.Done;
}
