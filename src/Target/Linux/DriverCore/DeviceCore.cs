using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.DriverCore;

/// <summary>Adding, deleting and counting devices (drivers/base/core.c, lib/kobject.c).</summary>
/// <param name="world">Where it lives.</param>
public sealed partial class DeviceCore(World world)
{
    private readonly List<Ptr<Device>> visible = [];

    /// <summary>Binding devices and drivers.</summary>
    public DriverBinding Binding { get; } = new(world);

    /// <summary>Models device_initialize(): one reference, not yet visible.</summary>
    public void Initialize(Ptr<Device> device)
    {
        using var frame = world.Enter("device_initialize");
        device.Write().RefCount = 1;
    }

    /// <summary>Models get_device() within its caller. A reference on a dying device is a violation, as in refcount_t.</summary>
    /// <returns>False for NULL.</returns>
    public bool Get(Ptr<Device> device)
    {
        if (device.IsNull) return false;
        var target = device.Write();
        if (target.RefCount <= 0)
            world.Fail(target.Describe(ViolationKind.RefCount, $"get_device() on {target.TypeName} {target.Name} with no reference left"));
        target.RefCount++;
        Trace(target, "get");
        return true;
    }

    /// <summary>Models put_device(): the last reference calls the release callback here and now.</summary>
    public async SimTask Put(Ptr<Device> device)
    {
        if (device.IsNull) return;
        using var frame = world.Enter("put_device");
        var target = device.Write();
        if (target.RefCount <= 0)
            world.Fail(target.Describe(ViolationKind.RefCount, $"put_device() on {target.TypeName} {target.Name} without a reference"));
        target.RefCount--;
        Trace(target, "put");
        if (target.RefCount == 0)
        {
            world.Trace.Add(TraceKind.Memory, $"release {target.TypeName} {target.Name} in {world.Scheduler.Current.Site.Describe(4)}");
            await target.Release();
        }
    }

    /// <summary>Models device_add(): visible, on its bus, and probed inline.</summary>
    /// <returns>0, -EEXIST if the name is taken, or -EINVAL.</returns>
    public async SimTask<int> Add(Ptr<Device> device)
    {
        using var frame = world.Enter("device_add");
        if (!Get(device)) return -Errno.EINVAL;
        var target = device.Write();
        var parent = target.Parent;
        Get(parent);
        if (IsNameTaken(target))
        {
            await Put(parent);
            await Put(device);
            return -Errno.EEXIST;
        }
        visible.Add(device);
        target.IsRegistered = true;
        target.SysfsGone = false;
        world.Trace.Add(TraceKind.State, $"device {target.Name} added{(target.Bus is null ? "" : " to bus " + target.Bus.Name)}");
        if (target.Bus is { } bus)
        {
            bus.Devices.Add(device);
            await world.Scheduler.Point;
            await Binding.Attach(device);
        }
        await Put(device);
        return 0;
    }

    /// <summary>Models device_del(): waits for sysfs users, unbinds the driver, drops the parent's reference last.</summary>
    public async SimTask Delete(Ptr<Device> device)
    {
        using var frame = world.Enter("device_del");
        var parent = device.Read().Parent;
        await device.Read().Lock.Lock();
        device.Write().IsDead = true;
        device.Read().Lock.Unlock();
        await world.Scheduler.Point;
        await DrainSysfs(device);
        if (device.Read().Bus is { } bus)
        {
            // bus_remove_device(): lookups no longer find it, then the driver goes.
            bus.Devices.Remove(device);
            await world.Scheduler.Point;
            await Binding.ReleaseDriver(device);
        }
        visible.Remove(device);
        device.Write().IsRegistered = false;
        world.Trace.Add(TraceKind.State, $"device {device.Read().Name} deleted");
        await Put(parent);
        await world.Scheduler.Point;
    }

    /// <summary>Models device_unregister(): device_del and the initial reference.</summary>
    public async SimTask Unregister(Ptr<Device> device)
    {
        using var frame = world.Enter("device_unregister");
        await Delete(device);
        await Put(device);
    }

    /// <summary>Starts reading or writing an attribute (kernfs_get_active).</summary>
    /// <returns>False if the attribute is gone: the caller gets -ENODEV.</returns>
    public bool EnterSysfs(Ptr<Device> device)
    {
        var target = device.Write();
        if (!target.IsRegistered || target.SysfsGone) return false;
        target.SysfsActive++;
        return true;
    }

    /// <summary>Ends reading or writing an attribute (kernfs_put_active).</summary>
    public void LeaveSysfs(Ptr<Device> device)
    {
        var target = device.Write();
        if (--target.SysfsActive == 0 && target.SysfsGone) target.Drained.WakeUp();
    }

    /// <summary>Models bus_find_device() within its caller: the match, with a reference, or NULL.</summary>
    public Ptr<T> Find<T>(BusType bus, Func<T, bool> match) where T : Device
    {
        ArgumentNullException.ThrowIfNull(bus);
        ArgumentNullException.ThrowIfNull(match);
        foreach (var device in bus.Devices)
        {
            var found = device.As<T>();
            if (!match(found.Read())) continue;
            Get(device);
            return found;
        }
        return Ptr<T>.Null;
    }

    /// <summary>Whether sysfs has the name already: below the same parent, or on the same bus.</summary>
    /// <remarks>Devices of a class live in a folder of their class, where the model never has two of a name.</remarks>
    private bool IsNameTaken(Device added)
    {
        if (added.Bus is not { } bus) return false;
        foreach (var device in visible)
        {
            var other = device.Read();
            if (other.Name != added.Name || other.Bus is null) continue;
            if (other.Parent == added.Parent || (other.Bus == bus && bus.Devices.Contains(device))) return true;
        }
        return false;
    }

    /// <summary>Models kernfs_drain(): waits until nobody is in an attribute of the device any more.</summary>
    private async SimTask DrainSysfs(Ptr<Device> device)
    {
        using var frame = world.Enter("kernfs_drain");
        device.Write().SysfsGone = true;
        while (true)
        {
            var ticket = device.Read().Drained.Prepare();
            if (device.Read().SysfsActive == 0) return;
            await device.Read().Drained.Sleep(ticket);
        }
    }

    private void Trace(Device target, string what)
    {
        var site = world.Scheduler.Current.Site;
        world.Features.Hit(Feedback.Refs, site.Hash, (uint)target.RefCount);
        world.Trace.Add(TraceKind.Memory, $"{what} {target.TypeName} {target.Name} -> {target.RefCount} in {site.Describe(3)}");
    }
}
