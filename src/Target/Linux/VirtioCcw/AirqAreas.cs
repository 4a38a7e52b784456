using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>An area of adapter interrupt indicators shared by devices (struct airq_info); never freed once published.</summary>
internal sealed class AirqInfo(World world, uint summary, AdapterVector<Virtqueue> vector)
{
    public RwLock Lock { get; } = new(world, "airq_info->lock");

    public uint Summary => summary;

    public AdapterVector<Virtqueue> Vector => vector;
}

/// <summary>The areas of adapter interrupt indicators (airq_areas, virtio_ccw.c).</summary>
internal sealed partial class AirqAreas
{
    /// <summary>MAX_AIRQ_AREAS.</summary>
    public const int MaxAreas = 20;

    /// <summary>VIRTIO_IV_BITS: a cache line of s390.</summary>
    public const int VectorBits = 256 * 8;

    // QEMU's VIRTIO_QUEUE_MAX: more queues no device has.
    private const int MaxQueues = 1024;

    // A page of dma_pool has room for 16 blocks of this size; pool_initialise_page() leaves the last one out.
    private const int VectorsPerPage = 15;
    private readonly VirtioCcwTransport transport;
    private readonly GuestKernel k;
    private readonly AirqInfo?[] areas = new AirqInfo?[MaxAreas];
    private readonly Mutex areasLock;
    private readonly uint summaryIndicators;

    public AirqAreas(VirtioCcwTransport transport)
    {
        this.transport = transport;
        k = transport.Kernel;
        areasLock = new Mutex(k.World, "airq_areas_lock");
        summaryIndicators = k.Memory.Allocate(MaxAreas, "summary indicators");
    }

    /// <summary>virtio_ccw_use_airq: whether the host is asked for adapter interrupts at all.</summary>
    public bool UseAirq { get; set; } = true;

    /// <summary>Areas in use.</summary>
    public IEnumerable<AirqInfo> Areas => areas.OfType<AirqInfo>();

    /// <summary>Models get_airq_indicator(): consecutive bits for queues, in the first area with room.</summary>
    /// <returns>The area and the first bit, or null.</returns>
    public async SimTask<(AirqInfo Area, int First)?> GetIndicator(Ptr<Virtqueue>[] vqs, int count)
    {
        using var frame = k.Enter("get_airq_indicator");
        for (var i = 0; i < MaxAreas; i++)
        {
            var info = await GetArea(i);
            if (info is null) return null;
            await info.Lock.WriteLock();
            var first = info.Vector.Allocate(count);
            for (var j = 0; first >= 0 && j < count; j++) info.Vector.SetPointer(first + j, vqs[j]);
            await info.Lock.WriteUnlock();
            if (first >= 0) return (info, first);
        }
        return null;
    }

    /// <summary>
    /// Models virtio_ccw_register_adapter_ind() for devices that are not modelled: they take bits, the largest first, then smaller ones.
    /// </summary>
    /// <param name="bits">Queues of all of them together.</param>
    public async SimTask Crowd(int bits)
    {
        using var frame = k.Enter("virtio_ccw_register_adapter_ind");
        // Their queues are never used by the host, so nobody follows the pointers.
        var vqs = new Ptr<Virtqueue>[MaxQueues];
        for (var size = MaxQueues; bits > 0 && size > 0;)
        {
            var count = Math.Min(size, bits);
            if (await GetIndicator(vqs, count) is null) size = count / 2;
            else bits -= count;
        }
    }

    /// <summary>Models drop_airq_indicator().</summary>
    public async SimTask DropIndicator(Ptr<Virtqueue> vq, AirqInfo info)
    {
        using var frame = k.Enter("drop_airq_indicator");
        await info.Lock.WriteLock();
        for (var bit = 0; bit < info.Vector.End; bit++)
        {
            if (info.Vector.GetPointer(bit) != vq) continue;
            info.Vector.Free(bit);
            info.Vector.SetPointer(bit, Ptr<Virtqueue>.Null);
            break;
        }
        await info.Lock.WriteUnlock();
    }

    /// <summary>The area with a number, which is created if it is not there. Creating it can sleep.</summary>
    private async SimTask<AirqInfo?> GetArea(int index)
    {
        if (k.Variant.Has(Defects.AirqNoMutex)) return await GetAreaUnlocked(index);
        await areasLock.Lock();
        areas[index] ??= NewInfo(index);
        var info = areas[index];
        areasLock.Unlock();
        return info;
    }

    /// <summary>Models new_airq_info().</summary>
    private AirqInfo? NewInfo(int index)
    {
        using var frame = k.Enter("new_airq_info");
        if (k.Faults.Fails(AllocationKind.Heap)) return null;
        var bits = k.Memory.Allocate(VectorBits / 8, "adapter interrupt vector", VectorBits / 8);
        if (bits == 0) return null;
        var summary = summaryIndicators + (uint)index;
        var info = new AirqInfo(k.World, summary, new AdapterVector<Virtqueue>(k, bits, VectorBits));
        if (index % VectorsPerPage != 0) areas[index - 1]!.Vector.Behind = bits;
        transport.Cio.Adapters.Register(summary, CioSubsystem.IoSchIsc, () => Handle(info));
        return info;
    }

    /// <summary>Models virtio_airq_handler(): scan, clear the summary, scan again.</summary>
    private async SimTask Handle(AirqInfo info)
    {
        using var frame = k.Enter("virtio_airq_handler");
        await info.Lock.ReadLock();
        await Scan(info);
        k.Memory.Write8(info.Summary, 0);
        await k.Point;
        await Scan(info);
        info.Lock.ReadUnlock();
    }

    private async SimTask Scan(AirqInfo info)
    {
        for (var bit = 0; (bit = info.Vector.Scan(bit, info.Vector.End)) >= 0;)
        {
            var vq = info.Vector.GetPointer(bit);
            await k.Point;
            if (vq.IsNull && k.Variant.Has(Remedies.DropBits)) continue;
            await transport.Virtio.Ring.VringInterrupt(vq);
        }
    }
}
