using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>Input devices (drivers/input/input.c): registering, opening, closing. The one handler is evdev.</summary>
/// <remarks>
/// Left out: other handlers, which the modelled kernel does not have on s390 (there is no virtual terminal), devices that are
/// grabbed, inhibited or polled, and files in /proc. Waits for a mutex that a signal would end are not ended by one.
/// </remarks>
public sealed partial class InputCore
{
    private const int PacketSize = 8;
    private const int RepeatDelay = 250;
    private const int RepeatPeriod = 33;
    private readonly GuestKernel kernel;
    private readonly Rcu rcu;
    private readonly EvdevHandler evdev;
    private readonly Mutex inputMutex;
    private readonly List<Ptr<InputDev>> devices = [];
    private int inputNo;

    /// <summary>Loads the input core and evdev.</summary>
    /// <param name="kernel">The guest.</param>
    /// <param name="nodes">The nodes in /dev.</param>
    public InputCore(GuestKernel kernel, DeviceNodes nodes)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        this.kernel = kernel;
        rcu = new Rcu(kernel);
        inputMutex = new Mutex(kernel.World, "input_mutex");
        Minors = new Ida(kernel.World, "input_ida");
        evdev = new EvdevHandler(kernel, this, rcu, nodes);
    }

    /// <summary>Numbers of nodes (input_ida).</summary>
    internal Ida Minors { get; }

    /// <summary>Models input_allocate_device().</summary>
    /// <returns>NULL without memory.</returns>
    internal Ptr<InputDev> AllocateDevice()
    {
        using var frame = kernel.Enter("input_allocate_device");
        var dev = kernel.Allocate(new InputDev(kernel));
        if (dev.IsNull) return dev;
        dev.Write().Self = dev;
        kernel.Core.Initialize(dev.As<Device>());
        dev.Write().Timer = new Simulation.Timer(kernel.Scheduler, "input_repeat_key", () => RepeatKey(dev));
        dev.Write().Name = $"input{inputNo++}";
        return dev;
    }

    /// <summary>Models input_free_device(), for a device that is not registered.</summary>
    internal async SimTask FreeDevice(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("input_free_device");
        await kernel.Core.Put(dev.As<Device>());
    }

    /// <summary>Models input_register_device(): it is there even if the handler does not want it or has no memory for it.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> RegisterDevice(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("input_register_device");
        dev.Write().Set(EventType.Syn);
        dev.Write().KeyBit[0] &= 0xfe; // KEY_RESERVED
        var vals = kernel.Allocate(new InputValues(PacketSize + 2));
        dev.Write().Vals = vals;
        if (vals.IsNull) return -Errno.ENOMEM;
        (dev.Write().RepeatDelay, dev.Write().RepeatPeriod) = (RepeatDelay, RepeatPeriod);
        var result = await kernel.Core.Add(dev.As<Device>());
        if (result != 0)
        {
            kernel.Heap.Free(vals);
            dev.Write().Vals = Ptr<InputValues>.Null;
            return result;
        }
        await inputMutex.Lock();
        devices.Add(dev);
        var error = await evdev.Connect(dev);
        if (error != 0) kernel.Log($"failed to attach handler evdev to device {dev.Read().Name}, error: {error}");
        inputMutex.Unlock();
        await kernel.Point;
        return 0;
    }

    /// <summary>Models __input_unregister_device(): afterwards only who has the node open keeps the device.</summary>
    internal async SimTask UnregisterDevice(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("__input_unregister_device");
        await DisconnectDevice(dev);
        await inputMutex.Lock();
        while (dev.Read().Handles.Count > 0) await evdev.Disconnect(dev.Read().Handles[0]);
        await dev.Read().Timer!.StopAndWait();
        devices.Remove(dev);
        inputMutex.Unlock();
        await kernel.Point;
        await kernel.Core.Delete(dev.As<Device>());
        await kernel.Core.Put(dev.As<Device>());
    }

    /// <summary>Models input_register_handle().</summary>
    internal async SimTask RegisterHandle(Ptr<Evdev> handle)
    {
        using var frame = kernel.Enter("input_register_handle");
        var dev = handle.Read().Dev;
        await dev.Read().Mutex.Lock();
        dev.Write().Handles.Add(handle);
        dev.Read().Mutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models input_unregister_handle(): afterwards no event is on its way through the handle.</summary>
    internal async SimTask UnregisterHandle(Ptr<Evdev> handle)
    {
        using var frame = kernel.Enter("input_unregister_handle");
        var dev = handle.Read().Dev;
        await dev.Read().Mutex.Lock();
        dev.Write().Handles.Remove(handle);
        dev.Read().Mutex.Unlock();
        await rcu.SynchronizeRcu();
    }

    /// <summary>Models input_open_device().</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> OpenDevice(Ptr<Evdev> handle)
    {
        using var frame = kernel.Enter("input_open_device");
        var dev = handle.Read().Dev;
        await dev.Read().Mutex.Lock();
        var result = -Errno.ENODEV;
        if (!dev.Read().GoingAway)
        {
            handle.Write().HandleOpen++;
            dev.Write().Users++;
            result = 0;
        }
        dev.Read().Mutex.Unlock();
        await kernel.Point;
        return result;
    }

    /// <summary>Models input_flush_device() of a driver that has nothing to flush.</summary>
    internal async SimTask FlushDevice(Ptr<Evdev> handle)
    {
        using var frame = kernel.Enter("input_flush_device");
        var dev = handle.Read().Dev;
        await dev.Read().Mutex.Lock();
        dev.Read().Mutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models input_close_device().</summary>
    internal async SimTask CloseDevice(Ptr<Evdev> handle)
    {
        using var frame = kernel.Enter("input_close_device");
        var dev = handle.Read().Dev;
        await dev.Read().Mutex.Lock();
        dev.Write().Users--;
        if (--handle.Write().HandleOpen == 0) await rcu.SynchronizeRcu();
        dev.Read().Mutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models input_disconnect_device(): keys that are pressed come up, and no event reaches a handler any more.</summary>
    private async SimTask DisconnectDevice(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("input_disconnect_device");
        await dev.Read().Mutex.Lock();
        dev.Write().GoingAway = true;
        dev.Read().Mutex.Unlock();
        await dev.Read().EventLock.LockIrqSave();
        if (await ReleaseKeys(dev)) await HandleEvent(dev, EventType.Syn, 0, 1);
        foreach (var handle in dev.Read().Handles) handle.Write().HandleOpen = 0;
        await dev.Read().EventLock.UnlockIrqRestore();
    }
}
