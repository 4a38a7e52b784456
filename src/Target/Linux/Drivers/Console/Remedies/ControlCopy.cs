using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Remedy ControlCopy: nobody waits for the host to read a control message.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>Sends the message as a copy of its own, and waits for nobody; the next message frees what the host has read.</summary>
    private void QueueControlMessage(Ptr<PortsDevice> portdev, uint id, ControlEvent what, ushort value)
    {
        var vq = portdev.Read().ControlOut;
        for (var buf = virtio.Ring.GetBuf(vq, out _); !buf.IsNull; buf = virtio.Ring.GetBuf(vq, out _)) FreeControlMessage(buf);
        var copy = AllocateBytes((int)ConsoleAbi.MessageSize);
        if (copy.IsNull) return;
        if (!AddControlMessage(portdev, copy.Read().Bytes, copy.As<HeapObject>(), id, what, value)) FreeBytes(copy);
    }

    /// <summary>What comes out of the control queue is part of the device's structure, or a copy.</summary>
    private void FreeControlMessage(Ptr<HeapObject> buf)
    {
        if (buf.Read() is CopiedBytes) FreeBytes(buf.As<CopiedBytes>());
    }
}
