using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Split virtqueues (drivers/virtio/virtio_ring.c): creating, deleting, breaking, and the interrupt.</summary>
/// <remarks>Adding and getting buffers is one unit each: the driver holds its own lock for the queue meanwhile.</remarks>
/// <param name="kernel">The guest.</param>
public sealed partial class VirtioRing(GuestKernel kernel)
{
    private const uint PageSize = GuestMemory.PageSize;

    /// <summary>Who observes the queues, or null.</summary>
    public IVirtioWatch? Watch { get; set; }

    /// <summary>Models vring_create_virtqueue(): allocates ring and queue and adds it to the device.</summary>
    /// <param name="index">Number of the queue on the device.</param>
    /// <param name="num">Entries wanted; must be a power of two.</param>
    /// <param name="align">Alignment of the used ring in bytes.</param>
    /// <param name="vdev">The device.</param>
    /// <param name="mayReduce">Fewer entries will do if memory is short.</param>
    /// <param name="notify">Tells the host about new buffers.</param>
    /// <param name="callback">Called when the device used buffers; null: no interrupts wanted.</param>
    /// <param name="name">The driver's name for it.</param>
    /// <returns>NULL on failure.</returns>
    public async SimTask<Ptr<Virtqueue>> CreateVirtqueue(
        uint index, uint num, uint align, Ptr<VirtioDevice> vdev, bool mayReduce,
        Func<Ptr<Virtqueue>, bool> notify, Func<Ptr<Virtqueue>, SimTask>? callback, string name)
    {
        using var frame = kernel.Enter("vring_create_virtqueue");
        if (vdev.Read().HasFeature(VirtioFeature.RingPacked)) return Ptr<Virtqueue>.Null;
        var vring = AllocateQueue(num, align, mayReduce, name);
        if (vring.Desc == 0) return Ptr<Virtqueue>.Null;
        var vq = NewVirtqueue(vring, vdev, callback);
        if (vq.IsNull)
        {
            kernel.Memory.Free(vring.Desc);
            return vq;
        }
        var queue = vq.Write();
        (queue.Index, queue.Name, queue.Notify) = (index, name, notify);
        await vdev.Read().VqsListLock.LockIrqSave();
        vdev.Write().Vqs.Add(vq);
        if (vdev.Read().IsLost) (queue.Broken, queue.IsLost) = (true, true);
        await vdev.Read().VqsListLock.UnlockIrqRestore();
        return vq;
    }

    /// <summary>Models vring_del_virtqueue(): takes the queue off its device and frees it with its ring.</summary>
    /// <remarks>Buffers that are still in it are the driver's business; their indirect tables leak, as in the kernel.</remarks>
    public async SimTask DelVirtqueue(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("vring_del_virtqueue");
        var vdev = vq.Read().Vdev;
        await vdev.Read().VqsListLock.LockIrqSave();
        vdev.Write().Vqs.Remove(vq);
        await vdev.Read().VqsListLock.UnlockIrqRestore();
        kernel.Memory.Free(vq.Read().Vring.Desc);
        kernel.Heap.Free(vq);
    }

    /// <summary>Models vring_interrupt(): calls the driver if the device used buffers. NULL is followed, as in the kernel.</summary>
    /// <returns>Whether it was for this queue (IRQ_HANDLED).</returns>
    public async SimTask<bool> VringInterrupt(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("vring_interrupt");
        var queue = vq.Read();
        Watch?.Interrupted(vq);
        if (!MoreUsed(queue)) return false;
        if (queue.Broken) return !kernel.Variant.Has(Defects.Harden);
        if (queue.Event) vq.Write().EventTriggered = true;
        if (queue.Callback is { } callback)
        {
            Watch?.Callback(vq);
            await callback(vq);
        }
        return true;
    }

    /// <summary>Models virtqueue_is_broken() within its caller.</summary>
    public bool IsBroken(Ptr<Virtqueue> vq) => vq.Read().Broken;

    /// <summary>Whether buffers come back unused because the device is gone (remedy LostBuffers).</summary>
    internal bool IsLost(Ptr<Virtqueue> vq) => vq.Read().IsLost;

    /// <summary>Models __virtqueue_break() within its caller: nothing is tried on this queue any more.</summary>
    public void Break(Ptr<Virtqueue> vq) => vq.Write().Broken = true;

    /// <summary>Models vring_transport_features() within its caller: gives up the transport features that nobody here knows.</summary>
    public static void TransportFeatures(Ptr<VirtioDevice> vdev)
    {
        var features = vdev.Read().Features;
        for (var bit = VirtioFeature.TransportStart; bit < VirtioFeature.TransportEnd; bit++)
        {
            var known = bit is VirtioFeature.RingIndirectDesc or VirtioFeature.RingEventIdx or VirtioFeature.Version1
                or VirtioFeature.AccessPlatform or VirtioFeature.RingPacked or VirtioFeature.OrderPlatform;
            if (!known) features &= ~(1UL << bit);
        }
        vdev.Write().Features = features;
    }

    /// <summary>Models vring_alloc_queue_split(): halves the queue until it fits, a single page being the last attempt.</summary>
    /// <returns>A ring at address 0 on failure.</returns>
    private Vring AllocateQueue(uint num, uint align, bool mayReduce, string name)
    {
        using var frame = kernel.Enter("vring_alloc_queue_split");
        if ((num & (num - 1)) != 0)
        {
            kernel.Log($"Bad virtqueue length {num}");
            return default;
        }
        for (; num != 0 && Vring.Size(num, align) > PageSize; num /= 2)
        {
            var queue = AllocatePages(Vring.Size(num, align), name);
            if (queue != 0) return new Vring(num, queue, align);
            if (!mayReduce) return default;
        }
        return num == 0 ? default : new Vring(num, AllocatePages(Vring.Size(num, align), name), align);
    }

    private uint AllocatePages(uint size, string name) => kernel.Faults.Fails(AllocationKind.Pages)
        ? 0
        : kernel.Memory.Allocate((size + PageSize - 1) & ~(PageSize - 1), "vring of queue " + name);

    /// <summary>Models __vring_new_virtqueue() up to where the queue becomes visible.</summary>
    private Ptr<Virtqueue> NewVirtqueue(Vring vring, Ptr<VirtioDevice> vdev, Func<Ptr<Virtqueue>, SimTask>? callback)
    {
        using var frame = kernel.Enter("__vring_new_virtqueue");
        var device = vdev.Read();
        var vq = kernel.Allocate(new Virtqueue
        {
            Vdev = vdev,
            Callback = callback,
            Vring = vring,
            NumFree = vring.Num,
            LittleEndian = device.IsLittleEndian,
            Indirect = device.HasFeature(VirtioFeature.RingIndirectDesc),
            Event = device.HasFeature(VirtioFeature.RingEventIdx),
            Broken = kernel.Variant.Has(Defects.Harden),
        });
        if (vq.IsNull) return vq;
        if (kernel.Faults.Fails(AllocationKind.Heap) || kernel.Faults.Fails(AllocationKind.Heap))
        {
            kernel.Heap.Free(vq);
            return Ptr<Virtqueue>.Null;
        }
        var queue = vq.Write();
        if (callback is null)
        {
            queue.AvailFlagsShadow = Vring.AvailNoInterrupt;
            if (!queue.Event) Write16(queue, vring.Avail, queue.AvailFlagsShadow);
        }
        return vq;
    }

    private ushort Read16(Virtqueue queue, uint address) => ByteOrder.Read16(kernel.Memory, address, queue.LittleEndian);

    private void Write16(Virtqueue queue, uint address, ushort value) =>
        ByteOrder.Write16(kernel.Memory, address, value, queue.LittleEndian);

    internal bool MoreUsed(Virtqueue queue) => queue.LastUsedIdx != Read16(queue, queue.Vring.UsedIdx);

    /// <summary>The macro BAD_RING: the host made a mess.</summary>
    private void BadRing(Ptr<Virtqueue> vq, string why)
    {
        kernel.Log($"{vq.Read().Vdev.Read().Name}: {vq.Read().Name}:{why}");
        vq.Write().Broken = true;
        Watch?.RingBroken(vq, why);
    }
}
