using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Random;

/// <summary>The driver for virtio random generators (virtio_rng_driver).</summary>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
/// <param name="random">The core of random generators.</param>
/// <param name="nodes">The nodes in /dev.</param>
public sealed class VirtioRngDriver(GuestKernel kernel, VirtioCore virtio, HwRandom random, DeviceNodes nodes)
    : VirtioDriver("virtio_rng", 4)
{
    private const int Quality = 1000;
    private readonly Ida indices = new(kernel.World, "rng_index_ida");

    /// <summary>Models probe_common() with virtrng_probe().</summary>
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

    /// <summary>Models remove_common() with virtrng_remove().</summary>
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
        if (!kernel.Variant.Has(Defects.DelVqsBeforeReset)) await virtio.ResetDevice(vdev);
        await kernel.Point;
        await vdev.Read().Config.DelVqs(vdev);
        if (kernel.Variant.Has(Defects.DelVqsBeforeReset)) await virtio.ResetDevice(vdev);
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
