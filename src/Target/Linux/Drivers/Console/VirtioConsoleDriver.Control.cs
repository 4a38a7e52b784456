using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Control messages, and the interrupt handlers.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>Models __send_control_msg(): spins, with a lock held, until the host has read the message.</summary>
    private async SimTask SendControlMessage(Ptr<PortsDevice> portdev, uint id, ControlEvent what, ushort value)
    {
        using var frame = kernel.Enter("__send_control_msg");
        if (!UseMultiport(portdev)) return;
        var vq = portdev.Read().ControlOut;
        await portdev.Read().ControlOutLock.LockIrqSave();
        if (kernel.Variant.Has(Remedies.ControlCopy)) QueueControlMessage(portdev, id, what, value);
        else if (AddControlMessage(portdev, portdev.Read().ControlPacket, portdev.As<HeapObject>(), id, what, value))
        {
            while (virtio.Ring.GetBuf(vq, out _).IsNull && !virtio.Ring.IsBroken(vq)) await kernel.Scheduler.Relax;
        }
        await portdev.Read().ControlOutLock.UnlockIrqRestore();
    }

    private bool AddControlMessage(Ptr<PortsDevice> portdev, uint packet, Ptr<HeapObject> data, uint id, ControlEvent what, ushort value)
    {
        var vq = portdev.Read().ControlOut;
        var little = portdev.Read().Vdev.Read().IsLittleEndian;
        ByteOrder.Write32(kernel.Memory, packet, id, little);
        ByteOrder.Write16(kernel.Memory, packet + 4, (ushort)what, little);
        ByteOrder.Write16(kernel.Memory, packet + 6, value, little);
        if (virtio.Ring.AddOutbuf(vq, new Scatterlist(packet, ConsoleAbi.MessageSize), data) != 0) return false;
        virtio.Ring.Kick(vq);
        return true;
    }

    /// <summary>Models send_control_msg(): nothing is sent for a port that was unplugged.</summary>
    private async SimTask SendControlMessage(Ptr<Port> port, ControlEvent what, ushort value)
    {
        using var frame = kernel.Enter("send_control_msg");
        if (kernel.Variant.Has(Remedies.PortLocks)) { await SendControlMessageLocked(port, what, value); return; }
        // Written as two reads of the pointer; every compiler makes one of them.
        var portdev = port.Read().Portdev;
        if (portdev.IsNull) return;
        await kernel.Point;
        await SendControlMessage(portdev, port.Read().Id, what, value);
    }

    /// <summary>Models control_work_handler().</summary>
    private async SimTask ControlWork(Ptr<PortsDevice> portdev)
    {
        var vq = portdev.Read().ControlIn;
        await portdev.Read().ControlInLock.LockIrqSave();
        for (var data = virtio.Ring.GetBuf(vq, out var length); !data.IsNull; data = virtio.Ring.GetBuf(vq, out length))
        {
            await portdev.Read().ControlInLock.UnlockIrqRestore();
            var buf = data.As<PortBuffer>();
            buf.Write().Length = Math.Min(length, buf.Read().Size);
            buf.Write().Offset = 0;
            await HandleControlMessage(vq.Read().Vdev, portdev, buf);
            await portdev.Read().ControlInLock.LockIrqSave();
            if (AddInbuf(portdev.Read().ControlIn, buf) < 0) FreeBuffer(data);
        }
        await portdev.Read().ControlInLock.UnlockIrqRestore();
    }

    /// <summary>Models handle_control_message().</summary>
    private async SimTask HandleControlMessage(Ptr<VirtioDevice> vdev, Ptr<PortsDevice> portdev, Ptr<PortBuffer> buf)
    {
        using var frame = kernel.Enter("handle_control_message");
        var packet = buf.Read().Buf;
        var little = vdev.Read().IsLittleEndian;
        var id = ByteOrder.Read32(kernel.Memory, packet, little);
        var what = (ControlEvent)ByteOrder.Read16(kernel.Memory, packet + 4, little);
        var value = ByteOrder.Read16(kernel.Memory, packet + 6, little);
        var port = await FindPortById(portdev, id);
        if (what == ControlEvent.PortAdd)
        {
            if (!port.IsNull) await SendControlMessage(port, ControlEvent.PortReady, 1);
            else if (id < portdev.Read().MaxPorts) await AddPort(portdev, id);
            return;
        }
        if (port.IsNull) return;
        switch (what)
        {
            case ControlEvent.PortRemove:
                await UnplugPort(port);
                break;
            case ControlEvent.ConsolePort when value != 0 && !IsConsolePort(port):
                await InitPortConsole(port);
                break;
            case ControlEvent.PortOpen:
                await HostOpened(port, value);
                break;
        }
    }

    private async SimTask HostOpened(Ptr<Port> port, ushort value)
    {
        port.Write().HostConnected = value != 0;
        port.Read().Waiting.WakeUp();
        await port.Read().OutvqLock.LockIrqSave();
        ReclaimConsumedBuffers(port);
        await port.Read().OutvqLock.UnlockIrqRestore();
    }

    /// <summary>Models config_work_handler(): the size of the console, from hosts without control queues.</summary>
    private async SimTask ConfigWork(Ptr<PortsDevice> portdev)
    {
        if (UseMultiport(portdev)) return;
        var vdev = portdev.Read().Vdev;
        await ConfigSpace.Read(vdev, offset: 0, size: 2);
        await ConfigSpace.Read(vdev, offset: 2, size: 2);
        await FindPortById(portdev, 0);
    }

    /// <summary>Models control_intr().</summary>
    private SimTask ControlInterrupt(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("control_intr");
        vq.Read().Vdev.Read().Private.As<PortsDevice>().Read().ControlWork.Schedule();
        return SimTask.Done;
    }

    /// <summary>Models out_intr(): writers may go on.</summary>
    private async SimTask OutInterrupt(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("out_intr");
        var port = await FindPortByVq(vq.Read().Vdev.Read().Private.As<PortsDevice>(), vq);
        if (port.IsNull)
        {
            FlushBuffers(vq);
            return;
        }
        port.Read().Waiting.WakeUp();
        if (kernel.Variant.Has(Remedies.PortHandlers)) LeaveHandler(port);
    }

    /// <summary>Models in_intr(): readers may go on; a port that is not open takes nothing.</summary>
    private async SimTask InInterrupt(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("in_intr");
        var port = await FindPortByVq(vq.Read().Vdev.Read().Private.As<PortsDevice>(), vq);
        if (port.IsNull)
        {
            FlushBuffers(vq);
            return;
        }
        await port.Read().InbufLock.LockIrqSave();
        port.Write().Inbuf = GetInbuf(port);
        if (!port.Read().GuestConnected) DiscardPortData(port);
        await port.Read().InbufLock.UnlockIrqRestore();
        port.Read().Waiting.WakeUp();
        if (IsConsolePort(port) && await hvc.Poll(port.Read().Hvc)) hvc.Kick();
        if (kernel.Variant.Has(Remedies.PortHandlers)) LeaveHandler(port);
    }
}
