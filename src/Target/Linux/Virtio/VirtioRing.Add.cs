using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <content>Giving buffers to the device and telling it.</content>
public sealed partial class VirtioRing
{
    /// <summary>
    /// Models virtqueue_add_split() with virtqueue_add_sgs(): offers a buffer of several parts, first those the device reads.
    /// </summary>
    /// <param name="vq">The queue.</param>
    /// <param name="outSgs">Parts that the device reads.</param>
    /// <param name="inSgs">Parts that the device writes.</param>
    /// <param name="data">What <see cref="GetBuf(Ptr{Virtqueue}, out uint)"/> returns for it; not NULL.</param>
    /// <returns>0, -EIO if the queue is broken, -ENOSPC if there is no room.</returns>
    public int AddSgs(Ptr<Virtqueue> vq, ReadOnlySpan<Scatterlist> outSgs, ReadOnlySpan<Scatterlist> inSgs, Ptr<HeapObject> data)
    {
        using var frame = kernel.Enter("virtqueue_add_split");
        var queue = vq.Write();
        kernel.World.Assert(!data.IsNull, "a buffer without data");
        if (queue.Broken) return -Errno.EIO;
        var total = (uint)(outSgs.Length + inSgs.Length);
        kernel.World.Assert(total > 0, "a buffer without parts");
        var table = queue.Indirect && total > 1 && queue.NumFree > 0 ? AllocateIndirect(queue, total) : 0;
        var used = table != 0 ? 1 : total;
        if (queue.NumFree < used)
        {
            // For historical reasons the host is told if there is something for it to read: it had better service the ring.
            if (!outSgs.IsEmpty) queue.Notify(vq);
            if (table != 0) kernel.Memory.Free(table);
            return -Errno.ENOSPC;
        }
        queue.PrepareTables(kernel.World);
        var head = queue.FreeHead;
        if (table != 0)
        {
            FillIndirect(queue, table, outSgs, inSgs);
            WriteDesc(queue, head, table, total * Vring.DescSize, Vring.DescIndirect);
            queue.FreeHead = queue.Extra[head].Next;
        }
        else
        {
            queue.FreeHead = FillDirect(queue, head, outSgs, inSgs);
        }
        queue.NumFree -= used;
        queue.State[head].Data = data;
        queue.State[head].IndirectTable = table;
        Publish(queue, head);
        if (queue.NumAdded == ushort.MaxValue) Kick(vq);
        return 0;
    }

    /// <summary>Models virtqueue_add_outbuf() with one part, within its caller: a buffer that the device reads.</summary>
    public int AddOutbuf(Ptr<Virtqueue> vq, Scatterlist sg, Ptr<HeapObject> data) => AddSgs(vq, [sg], [], data);

    /// <summary>Models virtqueue_add_inbuf() with one part, within its caller: a buffer that the device fills.</summary>
    public int AddInbuf(Ptr<Virtqueue> vq, Scatterlist sg, Ptr<HeapObject> data) => AddSgs(vq, [], [sg], data);

    /// <summary>Models virtqueue_add_inbuf_ctx() within its caller: with a number that comes back with the buffer.</summary>
    public int AddInbuf(Ptr<Virtqueue> vq, Scatterlist sg, Ptr<HeapObject> data, uint context)
    {
        var head = vq.Read().FreeHead;
        var result = AddSgs(vq, [], [sg], data);
        if (result == 0) vq.Write().State[head].Context = context;
        return result;
    }

    /// <summary>Models virtqueue_kick_prepare_split() with virtqueue_kick_prepare().</summary>
    /// <returns>Whether the host wants to be told; then call <see cref="Notify"/>, with no lock held if possible.</returns>
    public bool KickPrepare(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_kick_prepare_split");
        var queue = vq.Write();
        var now = queue.AvailIdxShadow;
        var old = (ushort)(now - queue.NumAdded);
        queue.NumAdded = 0;
        return queue.Event
            ? NeedsEvent(Read16(queue, queue.Vring.AvailEvent), now, old)
            : (Read16(queue, queue.Vring.Used) & Vring.UsedNoNotify) == 0;
    }

    /// <summary>Models virtqueue_notify(): a queue whose host cannot be told is broken.</summary>
    /// <returns>False if it is broken.</returns>
    public bool Notify(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_notify");
        var queue = vq.Read();
        if (queue.Broken) return false;
        if (queue.Notify(vq)) return true;
        vq.Write().Broken = true;
        kernel.World.Trace.Add(TraceKind.State, $"queue {queue.Name} is broken: the host could not be told");
        return false;
    }

    /// <summary>Models virtqueue_kick() within its caller.</summary>
    /// <returns>False if the queue is broken.</returns>
    public bool Kick(Ptr<Virtqueue> vq) => !KickPrepare(vq) || Notify(vq);

    /// <summary>Models vring_need_event() within its caller: whether a published index passed from old to now.</summary>
    internal static bool NeedsEvent(ushort published, ushort now, ushort old) =>
        (ushort)(now - published - 1) < (ushort)(now - old);

    /// <summary>Models alloc_indirect_split(): without memory the buffer goes into the ring itself.</summary>
    private uint AllocateIndirect(Virtqueue queue, uint total)
    {
        using var frame = kernel.Enter("alloc_indirect_split");
        if (kernel.Faults.Fails(AllocationKind.Heap)) return 0;
        return kernel.Memory.Allocate(total * Vring.DescSize, "indirect descriptors of queue " + queue.Name, Vring.DescSize);
    }

    private void FillIndirect(Virtqueue queue, uint table, ReadOnlySpan<Scatterlist> outSgs, ReadOnlySpan<Scatterlist> inSgs)
    {
        var total = outSgs.Length + inSgs.Length;
        for (var i = 0; i < total; i++)
        {
            var sg = i < outSgs.Length ? outSgs[i] : inSgs[i - outSgs.Length];
            PutDesc(queue, table + ((uint)i * Vring.DescSize), sg.Address, sg.Length, FlagsOf(i, outSgs.Length, total), (ushort)(i + 1));
        }
    }

    /// <summary>Chains free descriptors from <paramref name="head"/> on.</summary>
    /// <returns>The new head of the free list.</returns>
    private ushort FillDirect(Virtqueue queue, uint head, ReadOnlySpan<Scatterlist> outSgs, ReadOnlySpan<Scatterlist> inSgs)
    {
        var total = outSgs.Length + inSgs.Length;
        var at = (ushort)head;
        for (var i = 0; i < total; i++)
        {
            var sg = i < outSgs.Length ? outSgs[i] : inSgs[i - outSgs.Length];
            WriteDesc(queue, at, sg.Address, sg.Length, FlagsOf(i, outSgs.Length, total));
            at = queue.Extra[at].Next;
        }
        return at;
    }

    private static ushort FlagsOf(int part, int outCount, int total) =>
        (ushort)((part < outCount ? 0 : Vring.DescWrite) | (part < total - 1 ? Vring.DescNext : 0));

    private void WriteDesc(Virtqueue queue, uint at, uint address, uint length, ushort flags)
    {
        PutDesc(queue, queue.Vring.Desc + (at * Vring.DescSize), address, length, flags, queue.Extra[at].Next);
        queue.Extra[at].Length = length;
        queue.Extra[at].Flags = flags;
    }

    private void PutDesc(Virtqueue queue, uint slot, uint address, uint length, ushort flags, ushort next)
    {
        ByteOrder.Write64(kernel.Memory, slot, address, queue.LittleEndian);
        ByteOrder.Write32(kernel.Memory, slot + 8, length, queue.LittleEndian);
        Write16(queue, slot + 12, flags);
        Write16(queue, slot + 14, next);
    }

    private void Publish(Virtqueue queue, uint head)
    {
        var slot = (uint)queue.AvailIdxShadow & (queue.Vring.Num - 1);
        Write16(queue, queue.Vring.AvailSlot(slot), (ushort)head);
        queue.AvailIdxShadow++;
        Write16(queue, queue.Vring.AvailIdx, queue.AvailIdxShadow);
        queue.NumAdded++;
    }
}
