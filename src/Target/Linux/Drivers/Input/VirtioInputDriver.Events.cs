using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <content>Events from the host, and lights to it.</content>
public sealed partial class VirtioInputDriver
{
    /// <summary>Models virtinput_queue_evtbuf(), vi->lock held.</summary>
    private void QueueEvtbuf(Ptr<VirtioInput> vi, uint evtbuf)
    {
        using var frame = kernel.Enter("virtinput_queue_evtbuf");
        virtio.Ring.AddInbuf(vi.Read().Evt, new Scatterlist(evtbuf, VirtioInput.EventSize), vi.As<HeapObject>(), evtbuf);
    }

    /// <summary>Models virtinput_fill_evt().</summary>
    private async SimTask FillEvt(Ptr<VirtioInput> vi)
    {
        using var frame = kernel.Enter("virtinput_fill_evt");
        await vi.Read().Lock.LockIrqSave();
        var size = Math.Min(vi.Read().Evt.Read().Num, VirtioInput.EventCount);
        for (uint i = 0; i < size; i++) QueueEvtbuf(vi, vi.Read().Evts + (i * VirtioInput.EventSize));
        virtio.Ring.Kick(vi.Read().Evt);
        await vi.Read().Lock.UnlockIrqRestore();
    }

    /// <summary>Models virtinput_recv_events(): called from the interrupt handler; the input core is told without the lock.</summary>
    private async SimTask ReceiveEvents(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtinput_recv_events");
        var vi = vq.Read().Vdev.Read().Private.As<VirtioInput>();
        await vi.Read().Lock.LockIrqSave();
        if (vi.Read().Ready && !virtio.Ring.IsLost(vq)) // what comes back of a device that is gone (LostBuffers) is no event
        {
            while (!virtio.Ring.GetBuf(vi.Read().Evt, out _, out var evtbuf).IsNull)
            {
                await vi.Read().Lock.UnlockIrqRestore();
                var (type, code, value) = ReadEvent(evtbuf);
                await input.Event(vi.Read().Idev, type, code, value);
                await vi.Read().Lock.LockIrqSave();
                if (!vi.Read().Ready) continue;
                QueueEvtbuf(vi, evtbuf);
            }
            if (vi.Read().Ready) virtio.Ring.Kick(vq);
        }
        await vi.Read().Lock.UnlockIrqRestore();
    }

    /// <summary>Models virtinput_status(), which the input core calls with event_lock held.</summary>
    private async SimTask Status(Ptr<InputDev> idev, ushort type, ushort code, int value)
    {
        using var frame = kernel.Enter("virtinput_status");
        await SendStatus(idev.Read().DriverData.As<VirtioInput>(), type, code, value);
    }

    /// <summary>Models virtinput_send_status(); a light that cannot be sent is lost.</summary>
    private async SimTask<int> SendStatus(Ptr<VirtioInput> vi, ushort type, ushort code, int value)
    {
        using var frame = kernel.Enter("virtinput_send_status");
        var stsbuf = kernel.Allocate(new StatusBuffer());
        if (stsbuf.IsNull) return -Errno.ENOMEM;
        var address = kernel.Memory.Allocate(VirtioInput.EventSize, "struct virtio_input_event", GuestMemory.Granule);
        stsbuf.Write().Bytes = address;
        ByteOrder.Write16(kernel.Memory, address, type, little: true);
        ByteOrder.Write16(kernel.Memory, address + 2, code, little: true);
        ByteOrder.Write32(kernel.Memory, address + 4, (uint)value, little: true);
        await vi.Read().Lock.LockIrqSave();
        var result = -Errno.ENODEV;
        if (vi.Read().Ready)
        {
            result = virtio.Ring.AddOutbuf(vi.Read().Sts, new Scatterlist(address, VirtioInput.EventSize), stsbuf.As<HeapObject>());
            virtio.Ring.Kick(vi.Read().Sts);
        }
        await vi.Read().Lock.UnlockIrqRestore();
        if (result != 0) FreeStatus(stsbuf.As<HeapObject>());
        return result;
    }

    /// <summary>Models virtinput_recv_status(): called from the interrupt handler.</summary>
    private async SimTask ReceiveStatus(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtinput_recv_status");
        var vi = vq.Read().Vdev.Read().Private.As<VirtioInput>();
        await vi.Read().Lock.LockIrqSave();
        for (var buf = Next(); !buf.IsNull; buf = Next()) FreeStatus(buf);
        await vi.Read().Lock.UnlockIrqRestore();

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(vi.Read().Sts, out _);
    }

    private void FreeStatus(Ptr<HeapObject> data)
    {
        var stsbuf = data.As<StatusBuffer>();
        kernel.Memory.Free(stsbuf.Read().Bytes);
        kernel.Heap.Free(stsbuf);
    }

    private (ushort Type, ushort Code, int Value) ReadEvent(uint address) => (
        ByteOrder.Read16(kernel.Memory, address, little: true),
        ByteOrder.Read16(kernel.Memory, address + 2, little: true),
        (int)ByteOrder.Read32(kernel.Memory, address + 4, little: true));
}
