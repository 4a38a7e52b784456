using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>The handler that gives each input device a node (drivers/input/evdev.c).</summary>
/// <remarks>Left out: ioctls, with what only they begin (grabbing, revoking, filters, clocks), poll, and SIGIO.</remarks>
/// <param name="kernel">The guest.</param>
/// <param name="input">The input core.</param>
/// <param name="rcu">Read-copy-update.</param>
/// <param name="nodes">The nodes in /dev.</param>
internal sealed partial class EvdevHandler(GuestKernel kernel, InputCore input, Rcu rcu, DeviceNodes nodes)
{
    private readonly List<Ptr<Evdev>> cdevMap = [];

    /// <summary>Models evdev_connect(), input_mutex held.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> Connect(Ptr<InputDev> dev)
    {
        using var frame = kernel.Enter("evdev_connect");
        var minor = input.Minors.Allocate();
        var evdev = kernel.Allocate(new Evdev(kernel) { Minor = minor, Exist = true });
        if (evdev.IsNull)
        {
            input.Minors.Free(minor);
            return -Errno.ENOMEM;
        }
        evdev.Write().Self = evdev;
        evdev.Write().Name = $"event{minor}";
        kernel.Core.Get(dev.As<Device>()); // input_get_device()
        evdev.Write().Dev = dev;
        evdev.Write().Parent = dev.As<Device>();
        kernel.Core.Initialize(evdev.As<Device>());
        await input.RegisterHandle(evdev);
        evdev.Write().CdevReferences = 1; // cdev_init()
        var result = await AddCdev(evdev);
        if (result == 0) return 0;
        await Cleanup(evdev);
        await input.UnregisterHandle(evdev);
        await kernel.Core.Put(evdev.As<Device>());
        input.Minors.Free(minor);
        return result;
    }

    /// <summary>Models evdev_disconnect(), input_mutex held.</summary>
    internal async SimTask Disconnect(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("evdev_disconnect");
        await DeleteCdev(evdev);
        await Cleanup(evdev);
        input.Minors.Free(evdev.Read().Minor);
        await input.UnregisterHandle(evdev);
        await kernel.Core.Put(evdev.As<Device>());
    }

    /// <summary>Models evdev_events(), called with event_lock of the device held.</summary>
    internal async SimTask Events(Ptr<Evdev> evdev, List<InputValue> values)
    {
        using var frame = kernel.Enter("evdev_events");
        foreach (var client in evdev.Read().Clients.ToArray()) await PassValues(client, values); // an RCU read section
    }

    /// <summary>Models evdev_pass_values().</summary>
    private async SimTask PassValues(Ptr<EvdevClient> client, List<InputValue> values)
    {
        using var frame = kernel.Enter("evdev_pass_values");
        var wakes = false;
        await client.Read().BufferLock.LockIrqSave();
        foreach (var value in values)
        {
            if (value.IsReport)
            {
                if (client.Read().PacketHead == client.Read().Head) continue; // an empty report
                wakes = true;
            }
            PassEvent(client.Write(), value);
        }
        await client.Read().BufferLock.UnlockIrqRestore();
        if (wakes) client.Read().Wait.WakeUp();
    }

    /// <summary>Models __pass_event(), buffer_lock held: without room all older events are dropped, which the process is told.</summary>
    private void PassEvent(EvdevClient client, InputValue value)
    {
        using var frame = kernel.Enter("__pass_event");
        const int Mask = EvdevClient.BufferSize - 1;
        const ushort SynDropped = 3;
        client.Buffer[client.Head] = value;
        client.Head = (client.Head + 1) & Mask;
        if (client.Head == client.Tail)
        {
            client.Tail = (client.Head - 2) & Mask;
            client.Buffer[client.Tail] = new InputValue(EventType.Syn, SynDropped, 0);
            client.PacketHead = client.Tail;
        }
        if (value.IsReport) client.PacketHead = client.Head;
    }

    /// <summary>Models evdev_cleanup() with evdev_mark_dead() and evdev_hangup(): readers wake, nobody opens it any more.</summary>
    private async SimTask Cleanup(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("evdev_cleanup");
        await evdev.Read().Mutex.Lock();
        evdev.Write().Exist = false;
        evdev.Read().Mutex.Unlock();
        await evdev.Read().ClientLock.LockIrqSave();
        foreach (var client in evdev.Read().Clients) client.Read().Wait.WakeUp();
        await evdev.Read().ClientLock.UnlockIrqRestore();
        if (evdev.Read().Open == 0) return;
        await input.FlushDevice(evdev);
        await input.CloseDevice(evdev);
    }

    /// <summary>Models cdev_device_add(): the character device keeps the device that it is embedded in.</summary>
    private async SimTask<int> AddCdev(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("cdev_device_add");
        if (kernel.Faults.Fails(AllocationKind.Heap)) return -Errno.ENOMEM; // kobj_map()
        cdevMap.Add(evdev);
        kernel.Core.Get(evdev.As<Device>());
        await kernel.Point;
        var result = await kernel.Core.Add(evdev.As<Device>());
        if (result != 0)
        {
            cdevMap.Remove(evdev);
            await PutCdev(evdev);
            return result;
        }
        var minor = evdev.Read().Minor;
        evdev.Write().Node = nodes.Add(evdev.Read().Dev.Read().BusId, $"/dev/input/event{minor}", () => OpenNode(minor));
        return 0;
    }

    /// <summary>Models cdev_device_del(): nobody finds it any more; who has it open keeps it.</summary>
    private async SimTask DeleteCdev(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("cdev_device_del");
        nodes.Remove(evdev.Read().Node);
        await kernel.Core.Delete(evdev.As<Device>());
        cdevMap.Remove(evdev);
        await PutCdev(evdev);
        await kernel.Point;
    }

    /// <summary>Models cdev_put(): the last reference gives up the device that it is embedded in.</summary>
    private async SimTask PutCdev(Ptr<Evdev> evdev)
    {
        using var frame = kernel.Enter("cdev_put");
        if (--evdev.Write().CdevReferences > 0) return;
        await kernel.Core.Put(evdev.As<Device>());
    }
}
