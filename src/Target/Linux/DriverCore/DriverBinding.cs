using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.DriverCore;

/// <summary>Binding devices to drivers and back (drivers/base/dd.c, bus.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed class DriverBinding(World world)
{
    private readonly Pending probes = new(world, "for probes to end (probe_waitqueue)");

    /// <summary>No driver is probed any more: the devices are being shut down (defer_all_probes).</summary>
    internal bool DefersAllProbes { get; private set; }

    /// <summary>Waits until no driver's probe runs (probe_count of wait_for_device_probe).</summary>
    internal SimTask WaitForProbes() => probes.WaitForNone();

    /// <summary>From now on no driver is probed.</summary>
    internal void DeferAllProbes() => DefersAllProbes = true;

    /// <summary>Models device_attach(): the first driver of the bus that matches and whose probe succeeds.</summary>
    /// <returns>1 bound, 0 no driver.</returns>
    public async SimTask<int> Attach(Ptr<Device> device)
    {
        using var frame = world.Enter("device_attach");
        await device.Read().Lock.Lock();
        var result = 0;
        if (!device.Read().IsDead) result = device.Read().Driver is not null ? 1 : await AttachLocked(device);
        device.Read().Lock.Unlock();
        await world.Scheduler.Point;
        return result;
    }

    /// <summary>Models device_release_driver(): calls the bus's remove under device_lock.</summary>
    public async SimTask ReleaseDriver(Ptr<Device> device)
    {
        using var frame = world.Enter("device_release_driver");
        await device.Read().Lock.Lock();
        await ReleaseLocked(device);
        device.Read().Lock.Unlock();
        await world.Scheduler.Point;
    }

    /// <summary>Models unbind_store() of a driver in sysfs, for a device already found and referenced.</summary>
    /// <returns>0, or -ENODEV if another driver or none is bound.</returns>
    public async SimTask<int> Unbind(Ptr<Device> device, string driver)
    {
        using var frame = world.Enter("unbind_store");
        if (device.Read().Driver is not { } bound || bound.Name != driver) return -Errno.ENODEV;
        await device.Read().Lock.Lock();
        if (ReferenceEquals(device.Read().Driver, bound)) await ReleaseLocked(device);
        device.Read().Lock.Unlock();
        await world.Scheduler.Point;
        return 0;
    }

    /// <summary>Models bind_store() of a driver in sysfs, for a device already found and referenced.</summary>
    /// <returns>0, -ENODEV if the driver does not match or the device goes, -EBUSY if it has a driver, or what probe returned.</returns>
    public async SimTask<int> Bind(Ptr<Device> device, DeviceDriver driver)
    {
        using var frame = world.Enter("bind_store");
        if (device.Read().Bus is not { } bus || !bus.Match(device, driver)) return -Errno.ENODEV;
        await device.Read().Lock.Lock();
        var result = device.Read().IsDead ? -Errno.ENODEV
            : device.Read().Driver is not null ? -Errno.EBUSY
            : await Probe(device, driver);
        device.Read().Lock.Unlock();
        await world.Scheduler.Point;
        return result;
    }

    /// <summary>Models drivers_probe_store() of a bus: attaches a device that has no driver.</summary>
    public async SimTask<int> Rescan(Ptr<Device> device)
    {
        using var frame = world.Enter("drivers_probe_store");
        if (device.Read().Driver is not null) return 0;
        return await Attach(device);
    }

    private async SimTask<int> AttachLocked(Ptr<Device> device)
    {
        var bus = device.Read().Bus!;
        foreach (var driver in bus.Drivers)
        {
            if (!bus.Match(device, driver)) continue;
            if (await Probe(device, driver) == 0) return 1;
        }
        return 0;
    }

    /// <summary>Models really_probe(): binds the driver to the device, and takes it off again if its probe fails.</summary>
    private async SimTask<int> Probe(Ptr<Device> device, DeviceDriver driver)
    {
        using var frame = world.Enter("really_probe");
        if (DefersAllProbes) return -Errno.EPROBE_DEFER;
        probes.Begin();
        device.Write().Driver = driver;
        world.Trace.Add(TraceKind.State, $"probe {device.Read().Name} with {driver.Name}");
        var result = await device.Read().Bus!.Probe(device);
        probes.End();
        if (result == 0) return 0;
        world.Trace.Add(TraceKind.State, $"probe of {device.Read().Name} with {driver.Name} failed ({result})");
        Cleanup(device);
        return result;
    }

    /// <summary>Models __device_release_driver(): unbinds the driver. Called with the device lock held.</summary>
    private async SimTask ReleaseLocked(Ptr<Device> device)
    {
        if (device.Read().Driver is not { } driver) return;
        using var frame = world.Enter("__device_release_driver");
        world.Trace.Add(TraceKind.State, $"unbind {device.Read().Name} from {driver.Name}");
        await device.Read().Bus!.Remove(device);
        Cleanup(device);
    }

    /// <summary>Models device_unbind_cleanup() with devres_release_all() within its caller.</summary>
    private static void Cleanup(Ptr<Device> device)
    {
        while (device.Read().Managed is { } managed && managed.TryPop(out var giveBack)) giveBack();
        device.Write().Driver = null;
        device.Write().DriverData = Ptr<HeapObject>.Null;
    }
}
