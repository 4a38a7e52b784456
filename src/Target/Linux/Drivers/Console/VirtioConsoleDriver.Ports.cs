using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Ports coming, going, and being found.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>Models add_port().</summary>
    /// <returns>0 or a negative errno.</returns>
    private async SimTask<int> AddPort(Ptr<PortsDevice> portdev, uint id)
    {
        using var frame = kernel.Enter("add_port");
        var port = kernel.Allocate(new Port(kernel.World)
        {
            Portdev = portdev,
            Id = id,
            InVq = portdev.Read().InVqs.Read().Vq[id],
            OutVq = portdev.Read().OutVqs.Read().Vq[id],
        });
        var result = port.IsNull ? -Errno.ENOMEM : await SetUpPort(portdev, port);
        if (result != 0)
        {
            kernel.Heap.Free(port);
            await SendControlMessage(portdev, id, ControlEvent.PortReady, 0);
            return result;
        }
        await portdev.Read().PortsLock.LockIrqSave();
        port.Read().Portdev.Write().Ports.Add(port);
        await portdev.Read().PortsLock.UnlockIrqRestore();
        await SendControlMessage(port, ControlEvent.PortReady, 1);
        return 0;
    }

    /// <summary>The part of add_port() that can fail: the character device, its node, the buffers.</summary>
    private async SimTask<int> SetUpPort(Ptr<PortsDevice> portdev, Ptr<Port> port)
    {
        var cdev = charDevices.Add(portdev.Read().Major, port.Read().Id);
        port.Write().Cdev = cdev;
        if (cdev.IsNull) return -Errno.ENOMEM;
        var result = await CreateDevice(portdev, port);
        if (result == 0)
        {
            // Buffers of a port that was here before are still in the queue: then there is no room.
            result = await FillQueue(port.Read().InVq, port.Read().InbufLock);
            if (result is >= 0 or -Errno.ENOSPC) result = UseMultiport(portdev) ? 0 : await InitPortConsole(port);
            if (result == 0) return 0;
            await DestroyDevice(port);
        }
        charDevices.Delete(cdev);
        return result;
    }

    /// <summary>Models unplug_port(): the port goes when nobody has it open any more.</summary>
    private async SimTask UnplugPort(Ptr<Port> port)
    {
        using var frame = kernel.Enter("unplug_port");
        var portsLock = port.Read().Portdev.Read().PortsLock;
        await portsLock.LockIrqSave();
        port.Read().Portdev.Write().Ports.Remove(port);
        await portsLock.UnlockIrqRestore();
        if (kernel.Variant.Has(Remedies.PortHandlers)) await WaitForHandlers(port);
        await port.Read().InbufLock.LockIrqSave();
        if (port.Read().GuestConnected)
        {
            port.Write().GuestConnected = port.Write().HostConnected = false;
            port.Read().Waiting.WakeUp();
        }
        await port.Read().InbufLock.UnlockIrqRestore();
        if (IsConsolePort(port)) await RemovePortConsole(port);
        await RemovePortData(port);
        // A close does not tell the host any more.
        if (kernel.Variant.Has(Remedies.PortLocks)) await LeavePort(port);
        else { port.Write().Portdev = Ptr<PortsDevice>.Null; await kernel.Point; }
        await DestroyDevice(port);
        charDevices.Delete(port.Read().Cdev);
        await kernel.Point;
        PutPort(port);
    }

    /// <summary>Models remove_port_data().</summary>
    private async SimTask RemovePortData(Ptr<Port> port)
    {
        using var frame = kernel.Enter("remove_port_data");
        await port.Read().InbufLock.LockIrqSave();
        DiscardPortData(port);
        await port.Read().InbufLock.UnlockIrqRestore();
        await port.Read().OutvqLock.LockIrqSave();
        ReclaimConsumedBuffers(port);
        await port.Read().OutvqLock.UnlockIrqRestore();
    }

    /// <summary>Models remove_port() with kref_put(): drops a reference; the last one frees the port.</summary>
    private void PutPort(Ptr<Port> port)
    {
        if (--port.Write().RefCount > 0) return;
        using var frame = kernel.Enter("remove_port");
        kernel.Heap.Free(port);
    }

    /// <summary>Models device_create(): below the virtio device, which it pins while it is visible.</summary>
    private async SimTask<int> CreateDevice(Ptr<PortsDevice> portdev, Ptr<Port> port)
    {
        using var frame = kernel.Enter("device_create");
        var device = kernel.Allocate(new ClassDevice(kernel));
        if (device.IsNull) return -Errno.ENOMEM;
        var vdev = portdev.Read().Vdev;
        var target = device.Write();
        target.Self = device;
        target.Parent = vdev.As<Device>();
        target.Name = $"vport{vdev.Read().Index}p{port.Read().Id}";
        kernel.Core.Initialize(device.As<Device>());
        var result = await kernel.Core.Add(device.As<Device>());
        if (result != 0)
        {
            await kernel.Core.Put(device.As<Device>());
            return result;
        }
        port.Write().Dev = device.As<Device>();
        var number = port.Read().Cdev.Read().Number;
        port.Write().Node = nodes.Add(vdev.Read().Config.BusName(vdev), "/dev/" + target.Name, () => Open(number, target.Name));
        return 0;
    }

    /// <summary>Models device_destroy().</summary>
    private async SimTask DestroyDevice(Ptr<Port> port)
    {
        using var frame = kernel.Enter("device_destroy");
        nodes.Remove(port.Read().Node);
        await kernel.Core.Unregister(port.Read().Dev);
    }

    /// <summary>Models find_port_by_id(): without a reference.</summary>
    private async SimTask<Ptr<Port>> FindPortById(Ptr<PortsDevice> portdev, uint id)
    {
        using var frame = kernel.Enter("find_port_by_id");
        await portdev.Read().PortsLock.LockIrqSave();
        var found = Ptr<Port>.Null;
        foreach (var port in portdev.Read().Ports)
            if (found.IsNull && port.Read().Id == id) found = port;
        await portdev.Read().PortsLock.UnlockIrqRestore();
        return found;
    }

    /// <summary>Models find_port_by_vq(): without a reference.</summary>
    private async SimTask<Ptr<Port>> FindPortByVq(Ptr<PortsDevice> portdev, Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("find_port_by_vq");
        await portdev.Read().PortsLock.LockIrqSave();
        var found = Ptr<Port>.Null;
        foreach (var port in portdev.Read().Ports)
            if (found.IsNull && (port.Read().InVq == vq || port.Read().OutVq == vq)) found = port;
        if (!found.IsNull && kernel.Variant.Has(Remedies.PortHandlers)) found.Write().Handlers++;
        await portdev.Read().PortsLock.UnlockIrqRestore();
        return found;
    }

    /// <summary>Models find_port_by_devt(): with a reference.</summary>
    private async SimTask<Ptr<Port>> FindPortByDevt((int Major, uint Minor) number)
    {
        using var frame = kernel.Enter("find_port_by_devt");
        await pdrvdataLock.LockIrqSave();
        var found = Ptr<Port>.Null;
        for (var i = 0; i < portdevs.Count && found.IsNull; i++)
        {
            var portdev = portdevs[i];
            await portdev.Read().PortsLock.LockIrqSave();
            foreach (var port in portdev.Read().Ports)
            {
                if (!found.IsNull || port.Read().Cdev.Read().Number != number) continue;
                port.Write().RefCount++;
                found = port;
            }
            await portdev.Read().PortsLock.UnlockIrqRestore();
        }
        await pdrvdataLock.UnlockIrqRestore();
        return found;
    }
}
