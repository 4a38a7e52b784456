using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Balloon.VirtioBalloonAbi;

namespace CcwFuzz.Target.Linux.Drivers.Balloon;

/// <summary>The driver for virtio balloons (drivers/virtio/virtio_balloon.c): binding and unbinding.</summary>
/// <remarks>
/// QEMU offers statistics and page poisoning unless told otherwise. Deflation when memory runs out, hints of free pages and
/// their reporting are therefore known to the driver but never agreed on; what they would do is left out.
/// </remarks>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
public sealed partial class VirtioBalloonDriver(GuestKernel kernel, VirtioCore virtio) : VirtioDriver("virtio_balloon", Abi.DeviceId)
{
    /// <inheritdoc/>
    public override bool ActsOnConfigChange => true;

    /// <inheritdoc/>
    public override ulong KnownFeatures =>
        (1UL << Abi.MustTellHost) | (1UL << Abi.StatsVq) | (1UL << Abi.DeflateOnOom)
        | (1UL << Abi.FreePageHint) | (1UL << Abi.PagePoison) | (1UL << Abi.Reporting);

    /// <summary>Models virtballoon_validate(), in a kernel that neither initialises nor poisons free pages, which is the default.</summary>
    public override int Validate(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtballoon_validate");
        vdev.Write().Features &=
            ~((1UL << Abi.PagePoison) | (1UL << VirtioFeature.RingIndirectDesc) | (1UL << VirtioFeature.AccessPlatform));
        return 0;
    }

    /// <summary>Models virtballoon_probe().</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtballoon_probe");
        var vb = kernel.Allocate(new VirtioBalloon(kernel.World));
        vdev.Write().Private = vb.As<HeapObject>();
        if (vb.IsNull) return -Errno.ENOMEM;
        var target = vb.Write();
        target.Arrays = kernel.Memory.Allocate(VirtioBalloon.ArraysSize, "arrays of struct virtio_balloon", GuestMemory.Granule);
        target.StatsWork = new SystemWork(kernel.World, "update_balloon_stats_func", () => StatsHandleRequest(vb));
        target.SizeWork = new SystemWork(kernel.World, "update_balloon_size_func", () => UpdateBalloonSizeWork(vb));
        target.Vdev = vdev;
        var result = await InitQueues(vb);
        if (result != 0)
        {
            Free(vb);
            return result;
        }
        await virtio.DeviceReady(vdev);
        await kernel.Point;
        if (await TowardsTarget(vb) != 0) await ConfigChanged(vdev);
        return 0;
    }

    /// <summary>Models virtballoon_remove(): waits for work, which may wait for the host, even if that is gone.</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtballoon_remove");
        var vb = vdev.Read().Private.As<VirtioBalloon>();
        await vb.Read().StopUpdateLock.LockIrqSave();
        vb.Write().StopUpdate = true;
        await vb.Read().StopUpdateLock.UnlockIrqRestore();
        await vb.Read().SizeWork.CancelSync();
        await vb.Read().StatsWork.CancelSync();
        await kernel.Point;
        await RemoveCommon(vb);
        Free(vb);
    }

    /// <summary>Models virtballoon_changed(): in the interrupt handler, so the work is left to a worker.</summary>
    public override async SimTask ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtballoon_changed");
        var vb = vdev.Read().Private.As<VirtioBalloon>();
        await vb.Read().StopUpdateLock.LockIrqSave();
        if (!vb.Read().StopUpdate) vb.Read().SizeWork.Schedule();
        await vb.Read().StopUpdateLock.UnlockIrqRestore();
    }

    /// <summary>Models remove_common(): pages left in the balloon are taken back, and the host is told of each.</summary>
    private async SimTask RemoveCommon(Ptr<VirtioBalloon> vb)
    {
        using var frame = kernel.Enter("remove_common");
        while (vb.Read().NumPages != 0) await LeakBalloon(vb, vb.Read().NumPages);
        await UpdateBalloonSize(vb);
        await virtio.ResetDevice(vb.Read().Vdev);
        await kernel.Point;
        var vdev = vb.Read().Vdev;
        await vdev.Read().Config.DelVqs(vdev);
        await kernel.Point;
    }

    /// <summary>Models init_vqs(): queues of features that were not agreed on have no name and take no number.</summary>
    /// <remarks>When the first statistics cannot be queued, the queues stay, as in the kernel.</remarks>
    private async SimTask<int> InitQueues(Ptr<VirtioBalloon> vb)
    {
        using var frame = kernel.Enter("init_vqs");
        var vdev = vb.Read().Vdev;
        var stats = vdev.Read().HasFeature(Abi.StatsVq);
        var hints = vdev.Read().HasFeature(Abi.FreePageHint);
        var reporting = vdev.Read().HasFeature(Abi.Reporting);
        string?[] names =
            ["inflate", "deflate", stats ? "stats" : null, hints ? "free_page_vq" : null, reporting ? "reporting_vq" : null];
        Func<Ptr<Virtqueue>, SimTask>?[] callbacks =
            [BalloonAck, BalloonAck, stats ? StatsRequest : null, null, reporting ? BalloonAck : null];
        var vqs = new Ptr<Virtqueue>[names.Length];
        var result = await vdev.Read().Config.FindVqs(vdev, names.Length, vqs, callbacks, names);
        if (result != 0) return result;
        vb.Write().InflateVq = vqs[0];
        vb.Write().DeflateVq = vqs[1];
        if (!stats) return 0;
        vb.Write().StatsVq = vqs[2];
        result = QueueStats(vb);
        if (result != 0)
        {
            if (kernel.Variant.Has(Remedies.BalloonQueues)) await vdev.Read().Config.DelVqs(vdev);
            return result;
        }
        virtio.Ring.Kick(vb.Read().StatsVq);
        await kernel.Point;
        return 0;
    }

    private void Free(Ptr<VirtioBalloon> vb)
    {
        kernel.Memory.Free(vb.Read().Arrays);
        kernel.Heap.Free(vb);
    }
}
