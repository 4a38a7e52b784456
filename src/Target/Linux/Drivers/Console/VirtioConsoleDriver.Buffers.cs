using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <content>Buffers, and the queues that they are in.</content>
public sealed partial class VirtioConsoleDriver
{
    /// <summary>
    /// Bytes of a buffer for the host to fill. A page in the kernel; no host here has more than this for one buffer, and memory is
    /// never reused within an execution.
    /// </summary>
    internal const uint BufferSize = 256;

    /// <summary>Models alloc_buf(): the structure and its bytes.</summary>
    /// <returns>NULL without memory.</returns>
    private Ptr<PortBuffer> AllocateBuffer(uint size)
    {
        using var frame = kernel.Enter("alloc_buf");
        var buf = kernel.Allocate(new PortBuffer { Size = size });
        if (buf.IsNull) return buf;
        if (!kernel.Faults.Fails(AllocationKind.Heap))
            buf.Write().Buf = kernel.Memory.Allocate(size, "buf of struct port_buffer", GuestMemory.Granule);
        if (buf.Read().Buf != 0) return buf;
        kernel.Heap.Free(buf);
        return Ptr<PortBuffer>.Null;
    }

    /// <summary>Models free_buf(). What comes out of a queue is taken for a buffer, whatever it is.</summary>
    private void FreeBuffer(Ptr<HeapObject> data)
    {
        using var frame = kernel.Enter("free_buf");
        if (data.Read() is CopiedBytes && kernel.Variant.Has(Remedies.ConsoleCopy)) { FreeBytes(data.As<CopiedBytes>()); return; }
        if (data.Read() is not PortBuffer buf)
        {
            kernel.World.Fail(data.Read().Describe(
                ViolationKind.InvalidFree, $"{data.Read().TypeName} is freed as if it was a struct port_buffer"));
            return;
        }
        kernel.Memory.Free(buf.Buf);
        kernel.Heap.Free(data);
    }

    /// <summary>Models add_inbuf(): gives a buffer to the host.</summary>
    /// <returns>Free descriptors, or a negative errno.</returns>
    private int AddInbuf(Ptr<Virtqueue> vq, Ptr<PortBuffer> buf)
    {
        using var frame = kernel.Enter("add_inbuf");
        var result = virtio.Ring.AddInbuf(vq, new Scatterlist(buf.Read().Buf, buf.Read().Size), buf.As<HeapObject>());
        virtio.Ring.Kick(vq);
        return result == 0 ? (int)vq.Read().NumFree : result;
    }

    /// <summary>Models fill_queue(): as many buffers as there is room for.</summary>
    /// <returns>How many, or a negative errno.</returns>
    private async SimTask<int> FillQueue(Ptr<Virtqueue> vq, SpinLock gate)
    {
        using var frame = kernel.Enter("fill_queue");
        for (var added = 1; ; added++)
        {
            var buf = AllocateBuffer(BufferSize);
            if (buf.IsNull) return -Errno.ENOMEM;
            await gate.LockIrqSave();
            var result = AddInbuf(vq, buf);
            await gate.UnlockIrqRestore();
            if (result < 0) FreeBuffer(buf.As<HeapObject>());
            if (result <= 0) return result < 0 ? result : added;
        }
    }

    /// <summary>Models flush_bufs().</summary>
    private void FlushBuffers(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("flush_bufs");
        for (var buf = virtio.Ring.GetBuf(vq, out _); !buf.IsNull; buf = virtio.Ring.GetBuf(vq, out _)) FreeBuffer(buf);
    }

    /// <summary>Models get_inbuf(), inbuf_lock held: the buffer that is being read, or the next.</summary>
    private Ptr<PortBuffer> GetInbuf(Ptr<Port> port)
    {
        using var frame = kernel.Enter("get_inbuf");
        if (!port.Read().Inbuf.IsNull) return port.Read().Inbuf;
        if (kernel.Variant.Has(Remedies.PortLocks) && HasLeft(port)) return Ptr<PortBuffer>.Null;
        var buf = virtio.Ring.GetBuf(port.Read().InVq, out var length).As<PortBuffer>();
        if (buf.IsNull) return buf;
        buf.Write().Length = Math.Min(length, buf.Read().Size);
        buf.Write().Offset = 0;
        return buf;
    }

    /// <summary>Models discard_port_data(), inbuf_lock held: bytes that nobody read.</summary>
    private void DiscardPortData(Ptr<Port> port)
    {
        using var frame = kernel.Enter("discard_port_data");
        if (port.Read().Portdev.IsNull) return; // unplugged: the queues are gone
        for (var buf = GetInbuf(port); !buf.IsNull; buf = GetInbuf(port))
        {
            if (AddInbuf(port.Read().InVq, buf) < 0) FreeBuffer(buf.As<HeapObject>());
            port.Write().Inbuf = Ptr<PortBuffer>.Null;
        }
    }

    /// <summary>Models reclaim_consumed_buffers(), outvq_lock held: what the host has read.</summary>
    private void ReclaimConsumedBuffers(Ptr<Port> port)
    {
        using var frame = kernel.Enter("reclaim_consumed_buffers");
        if (port.Read().Portdev.IsNull) return;
        for (var buf = Next(); !buf.IsNull; buf = Next())
        {
            FreeBuffer(buf);
            port.Write().IsOutvqFull = false;
        }

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(port.Read().OutVq, out _);
    }

    /// <summary>Models port_has_data().</summary>
    private async SimTask<bool> PortHasData(Ptr<Port> port)
    {
        using var frame = kernel.Enter("port_has_data");
        await port.Read().InbufLock.LockIrqSave();
        port.Write().Inbuf = GetInbuf(port);
        var result = !port.Read().Inbuf.IsNull;
        await port.Read().InbufLock.UnlockIrqRestore();
        return result;
    }

    /// <summary>Models __send_to_port().</summary>
    /// <param name="port">The port.</param>
    /// <param name="sg">The bytes.</param>
    /// <param name="data">What comes back when the host has read them.</param>
    /// <param name="nonblock">Does not wait for that, which would be with a spinlock held.</param>
    /// <returns>Bytes that the host got or will get.</returns>
    private async SimTask<int> SendToPort(Ptr<Port> port, Scatterlist sg, Ptr<HeapObject> data, bool nonblock)
    {
        using var frame = kernel.Enter("__send_to_port");
        var vq = port.Read().OutVq;
        await port.Read().OutvqLock.LockIrqSave();
        if (kernel.Variant.Has(Remedies.PortLocks) && HasLeft(port)) { await port.Read().OutvqLock.UnlockIrqRestore(); return 0; }
        ReclaimConsumedBuffers(port);
        var count = (int)sg.Length;
        var error = virtio.Ring.AddOutbuf(vq, sg, data);
        virtio.Ring.Kick(vq);
        if (error != 0)
        {
            count = 0;
        }
        else
        {
            if (vq.Read().NumFree == 0) port.Write().IsOutvqFull = true;
            while (!nonblock && virtio.Ring.GetBuf(vq, out _).IsNull)
            {
                if (virtio.Ring.IsBroken(vq)) break;
                await kernel.Scheduler.Relax;
            }
        }
        await port.Read().OutvqLock.UnlockIrqRestore();
        return count;
    }
}
