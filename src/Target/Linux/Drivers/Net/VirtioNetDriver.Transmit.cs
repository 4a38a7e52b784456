using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Net.VirtioNetAbi;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <content>Packets go out, and are freed when the device used them.</content>
public sealed partial class VirtioNetDriver
{
    /// <summary>Models start_xmit(); the lock of the transmit queue is held.</summary>
    public async SimTask StartXmit(Ptr<SkBuff> skb, Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("start_xmit");
        var sq = dev.As<VirtnetInfo>().Read().Sq;
        var usesNapi = sq.Read().Weight > 0;
        do
        {
            if (usesNapi) virtio.Ring.DisableCb(sq.Read().Vq);
            FreeOldXmitSkbs(sq);
            await kernel.Point;
        }
        while (usesNapi && !virtio.Ring.EnableCbDelayed(sq.Read().Vq));
        if (XmitSkb(sq, skb) != 0)
        {
            net.FreeSkb(skb); // as if it had been sent
            return;
        }
        if (sq.Read().Vq.Read().NumFree < Abi.RoomForPacket)
        {
            NetCore.StopQueue(dev);
            await kernel.Point;
            if (!virtio.Ring.EnableCbDelayed(sq.Read().Vq)) TransmitQueueFull(dev, sq, usesNapi);
        }
        await kernel.Point;
        virtio.Ring.Kick(sq.Read().Vq);
    }

    private void TransmitQueueFull(Ptr<NetDevice> dev, Ptr<SendQueue> sq, bool usesNapi)
    {
        if (usesNapi)
        {
            ScheduleNapi(sq.As<NapiStruct>(), sq.Read().Vq);
            return;
        }
        FreeOldXmitSkbs(sq);
        if (sq.Read().Vq.Read().NumFree < Abi.RoomForPacket) return;
        dev.Write().IsStopped = false;
        virtio.Ring.DisableCb(sq.Read().Vq);
    }

    /// <summary>Models xmit_skb(): the header goes into the room in front of the packet.</summary>
    private int XmitSkb(Ptr<SendQueue> sq, Ptr<SkBuff> skb)
    {
        using var frame = kernel.Enter("xmit_skb");
        var vi = sq.Read().Vq.Read().Vdev.Read().Private.As<VirtnetInfo>();
        var header = HeaderSize(vi);
        var target = skb.Read();
        kernel.Memory.Guest(target.Data - header, header).Clear();
        var buffer = new Scatterlist(target.Data - header, header + target.Length);
        return virtio.Ring.AddOutbuf(sq.Read().Vq, buffer, skb.As<HeapObject>());
    }

    /// <summary>Models free_old_xmit_skbs().</summary>
    private void FreeOldXmitSkbs(Ptr<SendQueue> sq)
    {
        using var frame = kernel.Enter("free_old_xmit_skbs");
        for (var data = Next(); !data.IsNull; data = Next()) net.FreeSkb(data.As<SkBuff>());

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(sq.Read().Vq, out _);
    }

    /// <summary>Models skb_xmit_done(): called from the interrupt handler.</summary>
    private SimTask TransmitDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("skb_xmit_done");
        var vi = vq.Read().Vdev.Read().Private.As<VirtnetInfo>();
        var napi = vi.Read().Sq.As<NapiStruct>();
        virtio.Ring.DisableCb(vq);
        if (napi.Read().Weight > 0) ScheduleNapi(napi, vq);
        else net.WakeQueue(vi.As<NetDevice>());
        return SimTask.Done;
    }

    /// <summary>Models virtnet_poll_cleantx(): the receive side helps.</summary>
    private async SimTask CleanTransmit(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("virtnet_poll_cleantx");
        var sq = vi.Read().Sq;
        var dev = vi.As<NetDevice>();
        if (sq.Read().Weight == 0 || !dev.Read().TxLock.TryLockBh()) return;
        do
        {
            virtio.Ring.DisableCb(sq.Read().Vq);
            FreeOldXmitSkbs(sq);
            await kernel.Point;
        }
        while (!virtio.Ring.EnableCbDelayed(sq.Read().Vq));
        if (sq.Read().Vq.Read().NumFree >= Abi.RoomForPacket) net.WakeQueue(dev);
        await dev.Read().TxLock.UnlockBh();
    }

    /// <summary>Models virtnet_poll_tx(): from the softirq.</summary>
    private async SimTask<int> PollTransmit(Ptr<NapiStruct> napi, int budget)
    {
        using var frame = kernel.Enter("virtnet_poll_tx");
        var sq = napi.As<SendQueue>();
        var vi = sq.Read().Vq.Read().Vdev.Read().Private.As<VirtnetInfo>();
        var dev = vi.As<NetDevice>();
        await dev.Read().TxLock.LockBh();
        virtio.Ring.DisableCb(sq.Read().Vq);
        FreeOldXmitSkbs(sq);
        if (sq.Read().Vq.Read().NumFree >= Abi.RoomForPacket) net.WakeQueue(dev);
        var seen = virtio.Ring.EnableCbPrepare(sq.Read().Vq);
        var done = net.Napi.CompleteDone(napi);
        if (!done) virtio.Ring.DisableCb(sq.Read().Vq);
        // Polling ended: who disables it does not wait for what follows, only a grace period does.
        await dev.Read().TxLock.UnlockBh();
        if (!done || !virtio.Ring.Poll(sq.Read().Vq, seen) || !net.Napi.SchedulePrep(napi)) return 0;
        await dev.Read().TxLock.LockBh();
        virtio.Ring.DisableCb(sq.Read().Vq);
        await dev.Read().TxLock.UnlockBh();
        net.Napi.Schedule(napi);
        return 0;
    }
}
