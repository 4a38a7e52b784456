using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Random;

/// <summary>One virtio random generator (struct virtrng_info, drivers/char/hw_random/virtio-rng.c).</summary>
/// <param name="kernel">The guest.</param>
/// <param name="ring">The virtqueues.</param>
public sealed class VirtioRng(GuestKernel kernel, VirtioRing ring) : Hwrng(kernel.World)
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
        Self.Write().DataIdx = 0;
        await kernel.Point;
        ring.AddInbuf(Self.Read().Vq, new Scatterlist(Self.Read().Data, HwRandom.BufferSize), Self.As<HeapObject>());
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
        var taken = kernel.Variant.Has(Remedies.CopyRest) ? Self.Read().DataIdx : 0;
        var available = Math.Min(Self.Read().DataAvail + taken, HwRandom.BufferSize);
        if (Self.Read().DataIdx >= available)
        {
            Self.Write().DataAvail = 0;
            await RequestEntropy();
            return 0;
        }
        var count = Math.Min((uint)size, available - Self.Read().DataIdx);
        kernel.Memory.Guest(Self.Read().Data + Self.Read().DataIdx, count).CopyTo(buffer.AsSpan(at));
        await kernel.Point;
        Self.Write().DataIdx += count;
        Self.Write().DataAvail -= count;
        if (Self.Read().DataAvail == 0) await RequestEntropy();
        return (int)count;
    }
}
