using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.DriverCore;

/// <content>Stopping all devices, and what that waits for.</content>
public sealed partial class DeviceCore
{
    private readonly Pending asyncs = new(world, "for asynchronous functions to end (async_done)");

    /// <summary>Models async_schedule() within its caller: a function that runs by itself; shutdown waits for it.</summary>
    public void ScheduleAsync(Func<SimTask> function)
    {
        asyncs.Begin();
        world.Scheduler.Spawn(ContextKind.Async, "async", () => RunAsync(function));
    }

    /// <summary>Models device_shutdown(): the newest device first, each under its parent's lock and its own.</summary>
    public async SimTask Shutdown()
    {
        using var frame = world.Enter("device_shutdown");
        await WaitForDeviceProbe();
        await BlockProbing();
        for (var device = Newest(); !device.IsNull; device = Newest())
        {
            var parent = device.Read().Parent;
            Get(parent);
            Get(device);
            device.Write().IsShutDown = true;
            if (!parent.IsNull) await parent.Read().Lock.Lock();
            await device.Read().Lock.Lock();
            if (device.Read().Bus is { } bus) await bus.Shutdown(device);
            device.Read().Lock.Unlock();
            if (!parent.IsNull) parent.Read().Lock.Unlock();
            await Put(device);
            await Put(parent);
            await world.Scheduler.Point;
        }
    }

    /// <summary>Models device_block_probing(): devices that come from now on get no driver.</summary>
    private async SimTask BlockProbing()
    {
        using var frame = world.Enter("device_block_probing");
        Binding.DeferAllProbes();
        await WaitForDeviceProbe();
    }

    /// <summary>Models wait_for_device_probe(): probes first, then asynchronous functions.</summary>
    private async SimTask WaitForDeviceProbe()
    {
        using var frame = world.Enter("wait_for_device_probe");
        await Binding.WaitForProbes();
        await asyncs.WaitForNone();
    }

    /// <summary>The last one of the list of all devices (devices_kset) that is still on it, or NULL.</summary>
    private Ptr<Device> Newest()
    {
        for (var i = visible.Count - 1; i >= 0; i--)
            if (!visible[i].Read().IsShutDown) return visible[i];
        return Ptr<Device>.Null;
    }

    private async SimTask RunAsync(Func<SimTask> function)
    {
        await function();
        asyncs.End();
    }
}
