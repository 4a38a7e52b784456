using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Balloon;

/// <content>Statistics: the host gives the buffer back when it wants new ones.</content>
public sealed partial class VirtioBalloonDriver
{
    // Tags in the order that update_balloon_stats() fills them in: huge pages (8, 9) before free memory (4).
    private static readonly ushort[] Tags = [0, 1, 2, 3, 8, 9, 4, 5, 6, 7];

    /// <summary>Models stats_request(): called from the interrupt handler.</summary>
    private async SimTask StatsRequest(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("stats_request");
        var vb = vq.Read().Vdev.Read().Private.As<VirtioBalloon>();
        await vb.Read().StopUpdateLock.LockIrqSave();
        if (!vb.Read().StopUpdate) vb.Read().StatsWork.Schedule();
        await vb.Read().StopUpdateLock.UnlockIrqRestore();
    }

    /// <summary>Models stats_handle_request().</summary>
    private async SimTask StatsHandleRequest(Ptr<VirtioBalloon> vb)
    {
        using var frame = kernel.Enter("stats_handle_request");
        UpdateBalloonStats(vb);
        await kernel.Point;
        var vq = vb.Read().StatsVq;
        if (virtio.Ring.GetBuf(vq, out _).IsNull) return;
        await kernel.Point;
        AddStats(vb, vq);
        await kernel.Point;
        virtio.Ring.Kick(vq);
        await kernel.Point;
    }

    /// <summary>Fills in the first statistics and queues them: the buffer that the host asks with.</summary>
    private int QueueStats(Ptr<VirtioBalloon> vb)
    {
        UpdateBalloonStats(vb);
        return AddStats(vb, vb.Read().StatsVq);
    }

    private int AddStats(Ptr<VirtioBalloon> vb, Ptr<Virtqueue> vq)
    {
        var stats = new Scatterlist(vb.Read().Arrays + VirtioBalloon.StatsOffset, VirtioBalloon.StatCount * VirtioBalloon.StatSize);
        return virtio.Ring.AddOutbuf(vq, stats, vb.As<HeapObject>());
    }

    /// <summary>Models update_balloon_stats(); each value is the number of pages in the balloon, which is as good as any.</summary>
    private void UpdateBalloonStats(Ptr<VirtioBalloon> vb)
    {
        using var frame = kernel.Enter("update_balloon_stats");
        var little = vb.Read().Vdev.Read().IsLittleEndian;
        var at = vb.Read().Arrays + VirtioBalloon.StatsOffset;
        foreach (var tag in Tags)
        {
            ByteOrder.Write16(kernel.Memory, at, tag, little);
            ByteOrder.Write64(kernel.Memory, at + 2, vb.Read().NumPages, little);
            at += VirtioBalloon.StatSize;
        }
    }
}
