using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Hypervisor;

/// <content>Taking buffers from the available ring and giving them back in the used ring.</content>
public sealed partial class HostVirtqueue
{
    private readonly VirtqueueElement element;
    private ushort lastAvail;
    private ushort shadowAvail;
    private ushort usedIndex;
    private ushort signalledUsed;
    private bool signalledUsedValid;
    private bool notification = true;
    private int inUse;

    private enum NextDescriptor
    {
        Error,
        Done,
        More,
    }

    /// <summary>Whether the device wants to be told about new buffers.</summary>
    internal bool Notification => notification;

    /// <summary>Buffers taken and not given back.</summary>
    internal int InUse => inUse;

    /// <summary>Whether the queue is set up (virtio_queue_ready).</summary>
    internal bool IsReady => Avail != 0;

    /// <summary>Whether no buffer is available (virtio_queue_empty).</summary>
    internal bool IsEmpty
    {
        get
        {
            if (device.IsBroken || (Avail == 0 && !IsStale)) return true;
            return shadowAvail == lastAvail && AvailIndex() == lastAvail;
        }
    }

    /// <summary>Models virtqueue_pop() with virtqueue_split_pop(): takes the next buffer.</summary>
    /// <returns>Null if there is none, or if the guest's rings are broken; then the device is broken, too.</returns>
    internal VirtqueueElement? Pop() => Pop(element);

    /// <summary>Takes the next buffer while others that were taken are not given back yet (virtqueue_split_pop).</summary>
    /// <param name="into">Becomes the buffer.</param>
    internal VirtqueueElement? Pop(VirtqueueElement into)
    {
        using var _ = world.Enter("virtqueue_pop");
        if (IsEmpty) return null;
        if (inUse >= Size) return Fail("Virtqueue size exceeded");
        if (!TryHead(lastAvail++, out var head)) return null;
        if (HasEventIdx) SetAvailEvent(lastAvail);
        if (!HasCaches()) return Fail("Region caches not initialized");
        if (descCache.Length < (uint)Size * DescriptorSize) return Fail("Cannot map descriptor ring");
        var table = descCache;
        var max = (uint)Size;
        var descriptor = ReadDescriptor(in table, head);
        if (!FollowIndirect(ref descriptor, ref table, ref max)) return null;
        into.Clear(head);
        uint entries = 0;
        NextDescriptor next;
        do
        {
            if (!Collect(descriptor, into)) return null;
            if (++entries > max) return Fail("Looped descriptor");
            next = ReadNext(ref descriptor, in table, max);
        }
        while (next == NextDescriptor.More);
        if (next == NextDescriptor.Error) return null;
        inUse++;
        return into;
    }

    /// <summary>Gives a buffer back (virtqueue_push).</summary>
    /// <param name="used">What <see cref="Pop()"/> returned.</param>
    /// <param name="length">Bytes written to it.</param>
    internal void Push(VirtqueueElement used, uint length) => Push(used.Index, length);

    /// <summary>Models virtqueue_push(): gives a buffer back that was kept while others were taken.</summary>
    /// <param name="head">Its head descriptor.</param>
    /// <param name="length">Bytes written to it.</param>
    internal void Push(uint head, uint length)
    {
        using var _ = world.Enter("virtqueue_push");
        if (device.IsBroken)
        {
            inUse--;
            return;
        }
        if (Used == 0 && !IsStale) return;
        if (Used != 0) device.Transport?.NoteUsed(Desc);
        WriteUsed(usedIndex % (uint)Size, head, length);
        var old = usedIndex;
        var now = (ushort)(old + 1);
        SetUsedIndex(now);
        inUse--;
        if ((short)(now - signalledUsed) < (ushort)(now - old)) signalledUsedValid = false;
    }

    /// <summary>Models virtqueue_drop_all(): gives everything back that is available, unseen.</summary>
    /// <returns>Number of buffers.</returns>
    internal int DropAll()
    {
        using var _ = world.Enter("virtqueue_drop_all");
        var dropped = 0;
        for (; !IsEmpty && inUse < Size; dropped++)
        {
            if (!TryHead(lastAvail, out var head)) break;
            inUse++;
            lastAvail++;
            if (HasEventIdx) SetAvailEvent(lastAvail);
            Push(head, 0);
        }
        return dropped;
    }

    /// <summary>Models virtqueue_unpop(): puts the buffer back that was taken last, so that it is the next one again.</summary>
    internal void Unpop()
    {
        using var _ = world.Enter("virtqueue_unpop");
        lastAvail--;
        inUse--;
    }

    /// <summary>Forgets a buffer without giving it back (virtqueue_detach_element).</summary>
    internal void Detach() => inUse--;

    /// <summary>Models virtio_queue_set_notification(): whether the device wants kicks.</summary>
    internal void SetNotification(bool enable)
    {
        using var _ = world.Enter("virtio_queue_set_notification");
        notification = enable;
        if (Desc == 0 && !IsStale) return;
        if (HasEventIdx) SetAvailEvent(AvailIndex());
        else SetUsedFlag(UsedNoNotify, !enable);
    }

    /// <summary>Models virtqueue_get_avail_bytes(): sums up what is available, until both limits are reached.</summary>
    /// <param name="maxIn">Enough writable bytes.</param>
    /// <param name="maxOut">Enough readable bytes.</param>
    /// <returns>Writable and readable bytes; none of both if the rings are broken.</returns>
    internal (ulong In, ulong Out) AvailableBytes(ulong maxIn, ulong maxOut)
    {
        using var _ = world.Enter("virtqueue_get_avail_bytes");
        if ((Desc == 0 && !IsStale) || !HasCaches()) return default;
        if (descCache.Length < (uint)Size * DescriptorSize)
        {
            device.Error("Cannot map descriptor ring");
            return default;
        }
        ulong into = 0, from = 0;
        uint buffers = 0;
        var max = (uint)Size; // becomes the size of the last indirect table, for all buffers after it
        var index = lastAvail;
        int heads;
        while ((heads = CountHeads(index)) > 0)
        {
            if (!TryHead(index++, out var head)) return default;
            var table = descCache;
            var descriptor = ReadDescriptor(in table, head);
            var indirect = (descriptor.Flags & DescriptorFlags.Indirect) != 0;
            if (indirect && buffers >= max && Fail("Looped descriptor") is null) return default;
            if (!FollowIndirect(ref descriptor, ref table, ref max)) return default;
            var count = indirect ? 0 : buffers;
            NextDescriptor next;
            do
            {
                if (++count > max && Fail("Looped descriptor") is null) return default;
                if ((descriptor.Flags & DescriptorFlags.Write) != 0) into += descriptor.Length;
                else from += descriptor.Length;
                if (into >= maxIn && from >= maxOut) return (into, from);
                next = ReadNext(ref descriptor, in table, max);
            }
            while (next == NextDescriptor.More);
            if (next == NextDescriptor.Error) return default;
            buffers = indirect ? buffers + 1 : count;
        }
        return heads < 0 ? default : (into, from);
    }

    /// <summary>
    /// Models virtio_should_notify() with virtio_split_should_notify(): whether the guest wants an interrupt for what was used.
    /// </summary>
    private bool ShouldNotify()
    {
        using var _ = world.Enter("virtio_should_notify");
        if (device.HasFeature(VirtioFeature.NotifyOnEmpty) && inUse == 0 && IsEmpty) return true;
        if (!HasEventIdx) return (AvailFlags() & AvailNoInterrupt) == 0;
        var valid = signalledUsedValid;
        var old = signalledUsed;
        var now = usedIndex;
        signalledUsedValid = true;
        signalledUsed = now;
        return !valid || NeedsEvent(AvailEntry((uint)Size), now, old);
    }

    private static bool NeedsEvent(ushort wanted, ushort now, ushort old) => (ushort)(now - wanted - 1) < (ushort)(now - old);

    private VirtqueueElement? Fail(string why)
    {
        device.Error(why);
        return null;
    }

    private bool TryHead(ushort index, out uint head)
    {
        head = AvailEntry(index % (uint)Size);
        if (head < (uint)Size) return true;
        Fail($"Guest says index {head} is available");
        return false;
    }

    private int CountHeads(ushort index)
    {
        var heads = (ushort)(AvailIndex() - index);
        if (heads <= Size) return heads;
        Fail($"Guest moved used index from {index} to {shadowAvail}");
        return -1;
    }

    private bool FollowIndirect(ref Descriptor descriptor, ref RingCache table, ref uint max)
    {
        if ((descriptor.Flags & DescriptorFlags.Indirect) == 0) return true;
        if (descriptor.Length == 0 || descriptor.Length % DescriptorSize != 0)
            return Fail("Invalid size for indirect buffer table") is not null;
        if (!TryMap(descriptor.Address, descriptor.Length, out table)) return Fail("Cannot map indirect buffer") is not null;
        max = descriptor.Length / DescriptorSize;
        descriptor = ReadDescriptor(in table, 0);
        return true;
    }

    private bool Collect(in Descriptor descriptor, VirtqueueElement into)
    {
        var writable = (descriptor.Flags & DescriptorFlags.Write) != 0;
        if (!writable && into.Writable.Count > 0) return Fail("Incorrect order for descriptors") is not null;
        if (descriptor.Length == 0) return Fail("virtio: zero sized buffers are not allowed") is not null;
        if (into.Readable.Count + into.Writable.Count == MaxSize)
            return Fail("virtio: too many write descriptors in indirect table") is not null;
        if (descriptor.Address >= GuestMemory.Size || descriptor.Length > GuestMemory.Size - descriptor.Address)
            return Fail("virtio: bogus descriptor or out of resources") is not null;
        into.Add(new Segment(descriptor.Address, descriptor.Length), writable);
        return true;
    }

    private NextDescriptor ReadNext(ref Descriptor descriptor, in RingCache table, uint max)
    {
        if ((descriptor.Flags & DescriptorFlags.Next) == 0) return NextDescriptor.Done;
        if (descriptor.Next >= max)
        {
            Fail($"Desc next is {descriptor.Next}");
            return NextDescriptor.Error;
        }
        descriptor = ReadDescriptor(in table, descriptor.Next);
        return NextDescriptor.More;
    }
}
