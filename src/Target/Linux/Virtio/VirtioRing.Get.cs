using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Virtio;

/// <content>Getting buffers back, and saying when to be interrupted.</content>
public sealed partial class VirtioRing
{
    /// <summary>Models virtqueue_get_buf() within its caller: the next buffer that the device used.</summary>
    /// <param name="vq">The queue.</param>
    /// <param name="length">Bytes the device says it wrote.</param>
    /// <returns>What was given to AddSgs; NULL if there is none, or if the queue is broken or became so by this.</returns>
    public Ptr<HeapObject> GetBuf(Ptr<Virtqueue> vq, out uint length) => GetBuf(vq, out length, out _);

    /// <summary>
    /// Models virtqueue_get_buf_ctx_split() with virtqueue_get_buf_ctx(): the same, with the number that was given along.
    /// </summary>
    public Ptr<HeapObject> GetBuf(Ptr<Virtqueue> vq, out uint length, out uint context)
    {
        using var frame = kernel.Enter("virtqueue_get_buf_ctx_split");
        length = context = 0;
        var queue = vq.Write();
        if (queue.IsLost) return DetachUnusedBuf(vq);
        if (queue.Broken || !MoreUsed(queue)) return Ptr<HeapObject>.Null;
        var slot = queue.Vring.UsedSlot(queue.LastUsedIdx & (queue.Vring.Num - 1));
        var id = ByteOrder.Read32(kernel.Memory, slot, queue.LittleEndian);
        length = ByteOrder.Read32(kernel.Memory, slot + 4, queue.LittleEndian);
        if (id >= queue.Vring.Num)
        {
            BadRing(vq, $"id {id} out of range");
            return Ptr<HeapObject>.Null;
        }
        var data = queue.State.Length == 0 ? Ptr<HeapObject>.Null : queue.State[id].Data;
        if (data.IsNull)
        {
            BadRing(vq, $"id {id} is not a head!");
            return Ptr<HeapObject>.Null;
        }
        context = queue.State[id].Context;
        Detach(queue, id);
        queue.LastUsedIdx++;
        if ((queue.AvailFlagsShadow & Vring.AvailNoInterrupt) == 0) Write16(queue, queue.Vring.UsedEvent, queue.LastUsedIdx);
        return data;
    }

    /// <summary>Models virtqueue_disable_cb_split() with virtqueue_disable_cb(): no interrupts for now; only a hint to the host.</summary>
    public void DisableCb(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_disable_cb_split");
        var queue = vq.Write();
        if ((queue.AvailFlagsShadow & Vring.AvailNoInterrupt) != 0) return;
        queue.AvailFlagsShadow |= Vring.AvailNoInterrupt;
        if (queue.EventTriggered) return;
        if (queue.Event) Write16(queue, queue.Vring.UsedEvent, 0);
        else Write16(queue, queue.Vring.Avail, queue.AvailFlagsShadow);
    }

    /// <summary>Models virtqueue_enable_cb(): interrupts are wanted again.</summary>
    /// <returns>False if more was used meanwhile: go on getting buffers.</returns>
    public bool EnableCb(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_enable_cb");
        var queue = vq.Write();
        WantInterrupts(queue);
        Write16(queue, queue.Vring.UsedEvent, queue.LastUsedIdx);
        return queue.Broken || !MoreUsed(queue);
    }

    /// <summary>Models virtqueue_enable_cb_prepare_split() with virtqueue_enable_cb_prepare(): interrupts are wanted again.</summary>
    /// <returns>What <see cref="Poll"/> needs to see whether that came too late.</returns>
    public ushort EnableCbPrepare(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_enable_cb_prepare_split");
        var queue = vq.Write();
        WantInterrupts(queue);
        Write16(queue, queue.Vring.UsedEvent, queue.LastUsedIdx);
        return queue.LastUsedIdx;
    }

    /// <summary>Models virtqueue_poll() within its caller: whether something was used since <see cref="EnableCbPrepare"/>.</summary>
    public bool Poll(Ptr<Virtqueue> vq, ushort lastUsed)
    {
        var queue = vq.Read();
        return !queue.Broken && lastUsed != Read16(queue, queue.Vring.UsedIdx);
    }

    /// <summary>
    /// Models virtqueue_enable_cb_delayed_split() with virtqueue_enable_cb_delayed(): an interrupt is wanted when most of what is at the
    /// device is done.
    /// </summary>
    /// <returns>False if most of it is done already; possibly also for a broken queue, from which nothing can be taken.</returns>
    public bool EnableCbDelayed(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_enable_cb_delayed_split");
        var queue = vq.Write();
        WantInterrupts(queue);
        var buffers = (ushort)((ushort)(queue.AvailIdxShadow - queue.LastUsedIdx) * 3 / 4);
        Write16(queue, queue.Vring.UsedEvent, (ushort)(queue.LastUsedIdx + buffers));
        if (queue.Broken && kernel.Variant.Has(Remedies.BrokenDelayed)) return true;
        return (ushort)(Read16(queue, queue.Vring.UsedIdx) - queue.LastUsedIdx) <= buffers;
    }

    /// <summary>
    /// Models virtqueue_detach_unused_buf_split() with virtqueue_detach_unused_buf(): the next buffer that the device did not use, after
    /// a reset.
    /// </summary>
    /// <returns>What was given to AddSgs, or NULL when there is none left.</returns>
    public Ptr<HeapObject> DetachUnusedBuf(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtqueue_detach_unused_buf_split");
        var queue = vq.Write();
        for (uint i = 0; i < queue.State.Length; i++)
        {
            if (queue.State[i].Data.IsNull) continue;
            var data = queue.State[i].Data;
            Detach(queue, i);
            queue.AvailIdxShadow--;
            Write16(queue, queue.Vring.AvailIdx, queue.AvailIdxShadow);
            return data;
        }
        kernel.World.Assert(queue.NumFree == queue.Vring.Num, "descriptors got lost");
        return Ptr<HeapObject>.Null;
    }

    private void WantInterrupts(Virtqueue queue)
    {
        queue.EventTriggered = false;
        if ((queue.AvailFlagsShadow & Vring.AvailNoInterrupt) == 0) return;
        queue.AvailFlagsShadow &= unchecked((ushort)~Vring.AvailNoInterrupt);
        if (!queue.Event) Write16(queue, queue.Vring.Avail, queue.AvailFlagsShadow);
    }

    /// <summary>Models detach_buf_split() within its caller: puts the descriptors of a buffer back, and frees its indirect table.</summary>
    private void Detach(Virtqueue queue, uint head)
    {
        queue.State[head].Data = Ptr<HeapObject>.Null;
        var at = head;
        // The chain is followed by the flags in the ring, which the host could have changed, and the links in our own copy.
        while ((Read16(queue, queue.Vring.Desc + (at * Vring.DescSize) + 12) & Vring.DescNext) != 0)
        {
            at = queue.Extra[at].Next;
            queue.NumFree++;
        }
        queue.Extra[at].Next = (ushort)queue.FreeHead;
        queue.FreeHead = head;
        queue.NumFree++;
        if (queue.State[head].IndirectTable == 0) return;
        kernel.Memory.Free(queue.State[head].IndirectTable);
        queue.State[head].IndirectTable = 0;
    }
}
