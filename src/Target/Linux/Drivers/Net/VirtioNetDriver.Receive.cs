using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Net.VirtioNetAbi;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <content>The interface goes up and down; packets come in.</content>
public sealed partial class VirtioNetDriver
{
    private const long RefillDelay = 500;

    /// <summary>Models virtnet_open().</summary>
    public async SimTask<int> Open(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("virtnet_open");
        var vi = dev.As<VirtnetInfo>();
        await SetRefill(vi, true);
        if (!await TryFillReceive(vi, vi.Read().Rq)) vi.Read().Refill.Schedule(0);
        await kernel.Point;
        // virtnet_enable_queue_pair()
        await EnableNapi(vi.Read().Rq.Read().Vq, vi.Read().Rq.As<NapiStruct>());
        if (vi.Read().HasAffinity) await EnableNapi(vi.Read().Sq.Read().Vq, vi.Read().Sq.As<NapiStruct>());
        else vi.Read().Sq.Write().Weight = 0;
        return 0;
    }

    /// <summary>Models virtnet_close(): the refill must not enable polling again.</summary>
    public async SimTask Stop(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("virtnet_close");
        var vi = dev.As<VirtnetInfo>();
        await SetRefill(vi, false);
        await vi.Read().Refill.CancelSync();
        // virtnet_disable_queue_pair()
        if (vi.Read().Sq.Read().Weight > 0) await net.Napi.Disable(vi.Read().Sq.As<NapiStruct>());
        await net.Napi.Disable(vi.Read().Rq.As<NapiStruct>());
    }

    private async SimTask SetRefill(Ptr<VirtnetInfo> vi, bool enabled)
    {
        await vi.Read().RefillLock.LockBh();
        vi.Write().RefillEnabled = enabled;
        await vi.Read().RefillLock.UnlockBh();
    }

    /// <summary>Models virtnet_napi_enable(): what the device used before is looked at now.</summary>
    private async SimTask EnableNapi(Ptr<Virtqueue> vq, Ptr<NapiStruct> napi)
    {
        using var frame = kernel.Enter("virtnet_napi_enable");
        net.Napi.Enable(napi);
        ScheduleNapi(napi, vq);
        await kernel.Point;
    }

    /// <summary>Models virtqueue_napi_schedule() within its caller.</summary>
    private void ScheduleNapi(Ptr<NapiStruct> napi, Ptr<Virtqueue> vq)
    {
        if (!net.Napi.SchedulePrep(napi)) return;
        virtio.Ring.DisableCb(vq);
        net.Napi.Schedule(napi);
    }

    /// <summary>Models virtqueue_napi_complete() within its caller.</summary>
    private async SimTask CompleteNapi(Ptr<NapiStruct> napi, Ptr<Virtqueue> vq)
    {
        var seen = virtio.Ring.EnableCbPrepare(vq);
        await kernel.Point;
        if (!net.Napi.CompleteDone(napi)) virtio.Ring.DisableCb(vq);
        else if (virtio.Ring.Poll(vq, seen)) ScheduleNapi(napi, vq);
    }

    /// <summary>Models try_fill_recv() with add_recvbuf_mergeable().</summary>
    /// <returns>False if memory was short.</returns>
    private async SimTask<bool> TryFillReceive(Ptr<VirtnetInfo> vi, Ptr<ReceiveQueue> rq)
    {
        using var frame = kernel.Enter("try_fill_recv");
        var outOfMemory = false;
        do
        {
            outOfMemory = !RefillFragment(rq);
            if (outOfMemory) break;
            var page = rq.Read().Fragment;
            var address = page.Read().Memory + page.Read().Offset;
            page.Write().RefCount++;
            page.Write().Offset += Abi.BufferSize;
            var buffer = new Scatterlist(address, Abi.BufferSize);
            if (virtio.Ring.AddInbuf(rq.Read().Vq, buffer, page.As<HeapObject>(), address) == 0) continue;
            PutPage(page);
            break;
        }
        while (rq.Read().Vq.Read().NumFree > 0);
        await kernel.Point;
        virtio.Ring.Kick(rq.Read().Vq);
        return !outOfMemory;
    }

    /// <summary>Models refill_work().</summary>
    private async SimTask RefillWork(Ptr<VirtnetInfo> vi)
    {
        var rq = vi.Read().Rq;
        await net.Napi.Disable(rq.As<NapiStruct>());
        var stillEmpty = !await TryFillReceive(vi, rq);
        await EnableNapi(rq.Read().Vq, rq.As<NapiStruct>());
        if (stillEmpty) vi.Read().Refill.Schedule(RefillDelay);
    }

    /// <summary>Models skb_recv_done(): called from the interrupt handler.</summary>
    private SimTask ReceiveDone(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("skb_recv_done");
        var vi = vq.Read().Vdev.Read().Private.As<VirtnetInfo>();
        ScheduleNapi(vi.Read().Rq.As<NapiStruct>(), vq);
        return SimTask.Done;
    }

    /// <summary>Models virtnet_poll(): from the softirq.</summary>
    private async SimTask<int> PollReceive(Ptr<NapiStruct> napi, int budget)
    {
        using var frame = kernel.Enter("virtnet_poll");
        var rq = napi.As<ReceiveQueue>();
        var vi = rq.Read().Vq.Read().Vdev.Read().Private.As<VirtnetInfo>();
        virtio.Ring.DisableCb(rq.Read().Vq);
        await kernel.Point;
        await CleanTransmit(vi);
        var received = await ReceivePackets(vi, rq, budget);
        if (received < budget) await CompleteNapi(napi, rq.Read().Vq);
        return received;
    }

    /// <summary>Models virtnet_receive().</summary>
    private async SimTask<int> ReceivePackets(Ptr<VirtnetInfo> vi, Ptr<ReceiveQueue> rq, int budget)
    {
        using var frame = kernel.Enter("virtnet_receive");
        var packets = 0;
        for (; packets < budget; packets++)
        {
            var data = virtio.Ring.GetBuf(rq.Read().Vq, out var length, out var address);
            if (data.IsNull) break;
            ReceiveBuffer(vi, data.As<PageFragment>(), address, length);
            await kernel.Point;
        }
        var vq = rq.Read().Vq.Read();
        if (vq.NumFree <= Math.Min((uint)budget, vq.Num) / 2 || await TryFillReceive(vi, rq)) return packets;
        await vi.Read().RefillLock.LockBh();
        if (vi.Read().RefillEnabled) vi.Read().Refill.Schedule(0);
        await vi.Read().RefillLock.UnlockBh();
        return packets;
    }

    /// <summary>Models receive_buf() with receive_mergeable() of one short buffer, which is copied.</summary>
    private void ReceiveBuffer(Ptr<VirtnetInfo> vi, Ptr<PageFragment> page, uint address, uint length)
    {
        using var frame = kernel.Enter("receive_buf");
        var header = HeaderSize(vi);
        if (length >= header + Abi.EthernetHeader && length <= Abi.BufferSize)
        {
            // Nothing protects the buffer from a host that still writes into it.
            net.Receive(vi.As<NetDevice>(), kernel.Memory.Guest(address + header, length - header).ToArray());
        }
        PutPage(page);
    }

    private static uint HeaderSize(Ptr<VirtnetInfo> vi)
    {
        var vdev = vi.Read().Vdev.Read();
        return vdev.HasFeature(Abi.MergeableBuffers) || vdev.HasFeature(VirtioFeature.Version1)
            ? Abi.HeaderSize
            : Abi.ShortHeaderSize;
    }
}
