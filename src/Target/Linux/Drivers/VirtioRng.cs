using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers;

/// <summary>One virtio random generator (struct virtrng_info, drivers/char/hw_random/virtio-rng.c).</summary>
/// <param name="kernel">The guest.</param>
/// <param name="ring">The virtqueues.</param>
public sealed class VirtioRng(Kernel kernel, VirtioRing ring) : Hwrng(kernel.World)
{
    /// <inheritdoc/>
    public override string TypeName => "struct virtrng_info";

    /// <summary>Number of the generator; the N of virtio_rng.N.</summary>
    internal int Index { get; set; }

    /// <summary>The queue.</summary>
    internal Ptr<Virtqueue> Vq { get; set; }

    /// <summary>hwrng_register succeeded.</summary>
    internal bool RegisterDone { get; set; }

    /// <summary>The driver is being unbound: readers get an error.</summary>
    internal bool Removed { get; set; }

    /// <summary>Data came, or readers shall give up (have_data).</summary>
    internal Completion HaveData { get; } = new(kernel.World, "for random data from the host");

    /// <summary>Bytes of <see cref="Data"/> that were not handed out (data_avail).</summary>
    internal uint DataAvail { get; set; }

    /// <summary>The first of them (data_idx).</summary>
    internal uint DataIdx { get; set; }

    /// <summary>Guest address of the buffer inside the structure (data).</summary>
    internal uint Data { get; set; }

    /// <summary>The structure itself.</summary>
    internal Ptr<VirtioRng> Self { get; set; }

    /// <summary>Models virtio_read().</summary>
    public override async SimTask<int> Read(byte[] buffer, int size, bool wait)
    {
        using var frame = kernel.Enter("virtio_read");
        if (Self.Read().Removed) return -Errno.ENODEV;
        await kernel.Point;
        var read = Self.Read().DataAvail != 0 ? await CopyData(buffer, 0, size) : 0;
        if (!wait) return read;
        while (read < size)
        {
            if (kernel.Variant.Has(Remedies.ReadBroken) && ring.IsBroken(Self.Read().Vq)) return read != 0 ? read : -Errno.ENODEV;
            await Self.Read().HaveData.Wait();
            if (Self.Read().DataAvail == 0) return read; // woken by a cleanup; the buffer stays in the queue
            read += await CopyData(buffer, read, size - read);
        }
        return read;
    }

    /// <summary>Models virtio_cleanup(): lets a reader go.</summary>
    public override void Cleanup()
    {
        using var frame = kernel.Enter("virtio_cleanup");
        Self.Read().HaveData.Complete();
    }

    /// <summary>Models request_entropy(): there is always one buffer at the host.</summary>
    internal async SimTask RequestEntropy()
    {
        using var frame = kernel.Enter("request_entropy");
        Self.Write().HaveData.Reinit();
        DataIdx = 0;
        await kernel.Point;
        ring.AddInbuf(Vq, new Scatterlist(Self.Read().Data, HwRandom.BufferSize), Self.As<HeapObject>());
        await kernel.Point;
        ring.Kick(Self.Read().Vq);
        await kernel.Point;
    }

    /// <summary>Models copy_data(): the device's length is not trusted.</summary>
    /// <remarks>
    /// As in 6.1.192, the limit is what remains, while the index counts from the start: a part of the bytes is never handed out,
    /// and they can be left over without a request at the host, so that a reader waits until the driver is unbound.
    /// </remarks>
    private async SimTask<int> CopyData(byte[] buffer, int at, int size)
    {
        using var frame = kernel.Enter("copy_data");
        // Where the bytes end; as shipped, where they would end if none had been taken.
        var taken = kernel.Variant.Has(Remedies.CopyRest) ? DataIdx : 0;
        var available = Math.Min(Self.Read().DataAvail + taken, HwRandom.BufferSize);
        if (DataIdx >= available)
        {
            Self.Write().DataAvail = 0;
            await RequestEntropy();
            return 0;
        }
        var count = Math.Min((uint)size, available - DataIdx);
        kernel.Memory.Guest(Data + DataIdx, count).CopyTo(buffer.AsSpan(at));
        await kernel.Point;
        Self.Write().DataIdx += count;
        Self.Write().DataAvail -= count;
        if (Self.Read().DataAvail == 0) await RequestEntropy();
        return (int)count;
    }
}

/// <summary>The driver for virtio random generators (virtio_rng_driver).</summary>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
/// <param name="random">The core of random generators.</param>
/// <param name="nodes">The nodes in /dev.</param>
public sealed class VirtioRngDriver(Kernel kernel, VirtioCore virtio, HwRandom random, DeviceNodes nodes) : VirtioDriver("virtio_rng", 4)
{
    private const int Quality = 1000;
    private readonly Ida indices = new(kernel.World, "rng_index_ida");

    /// <summary>Models virtrng_probe() with probe_common().</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("probe_common");
        var rng = kernel.Allocate(new VirtioRng(kernel, virtio.Ring));
        if (rng.IsNull) return -Errno.ENOMEM;
        var target = rng.Write();
        target.Self = rng;
        target.Data = kernel.Memory.Allocate(HwRandom.BufferSize, "data of struct virtrng_info", GuestMemory.Granule);
        target.Index = indices.Allocate();
        target.Name = $"virtio_rng.{target.Index}";
        target.Quality = Quality;
        vdev.Write().Private = rng.As<HeapObject>();
        var vqs = new Ptr<Virtqueue>[1];
        var result = await vdev.Read().Config.FindVqs(vdev, 1, vqs, [ReceiveDone], ["input"]);
        if (result != 0)
        {
            indices.Free(rng.Read().Index);
            Free(rng);
            return result;
        }
        rng.Write().Vq = vqs[0];
        await virtio.DeviceReady(vdev);
        await kernel.Point;
        await rng.Read().RequestEntropy();
        return 0;
    }

    /// <summary>Models virtrng_scan().</summary>
    public override async SimTask Scan(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtrng_scan");
        var rng = vdev.Read().Private.As<VirtioRng>();
        var result = await random.Register(rng.As<Hwrng>());
        if (result != 0) return;
        rng.Write().RegisterDone = true;
        var busId = vdev.Read().Config.BusName(vdev);
        rng.Write().Node = nodes.Add(busId, "/dev/hwrng", () => random.OpenDevice());
    }

    /// <summary>Models virtrng_remove() with remove_common().</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("remove_common");
        var rng = vdev.Read().Private.As<VirtioRng>();
        nodes.Remove(rng.Read().Node);
        rng.Write().Removed = true;
        await kernel.Point;
        rng.Write().DataAvail = 0;
        rng.Write().DataIdx = 0;
        await kernel.Point;
        rng.Write().HaveData.Complete();
        if (rng.Read().RegisterDone) await random.Unregister(rng.As<Hwrng>());
        var late = kernel.Variant.Has(Defects.DelVqsBeforeReset);
        if (!late) await virtio.ResetDevice(vdev);
        await kernel.Point;
        await vdev.Read().Config.DelVqs(vdev);
        if (late) await virtio.ResetDevice(vdev);
        await kernel.Point;
        indices.Free(rng.Read().Index);
        Free(rng);
    }

    /// <summary>Models random_recv_done(): called from the interrupt handler.</summary>
    private async SimTask ReceiveDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("random_recv_done");
        var rng = vq.Read().Vdev.Read().Private.As<VirtioRng>();
        if (virtio.Ring.GetBuf(rng.Read().Vq, out var length).IsNull) return;
        await kernel.Point;
        rng.Write().DataAvail = length;
        rng.Write().HaveData.Complete();
    }

    private void Free(Ptr<VirtioRng> rng)
    {
        kernel.Memory.Free(rng.Read().Data);
        kernel.Heap.Free(rng);
    }
}
