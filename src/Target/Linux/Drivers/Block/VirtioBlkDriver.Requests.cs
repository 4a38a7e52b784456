using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Block.VirtioBlkAbi;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <content>Requests, and what the block layer asks of the driver.</content>
public sealed partial class VirtioBlkDriver
{
    /// <summary>Models virtio_queue_rq(): adds the request under the queue's lock, and tells the host without it.</summary>
    public async SimTask<BlkStatus> QueueRq(Ptr<Request> request)
    {
        using var frame = kernel.Enter("virtio_queue_rq");
        var vblk = request.Read().Queue.Read().QueueData.As<VirtioBlk>();
        var vbr = request.As<VirtioBlkRequest>();
        Setup(vblk.Read().Vdev, vbr);
        var vqs = vblk.Read().Vqs;
        var gate = vqs.Read().Lock[0];
        await gate.LockIrqSave();
        var vq = vqs.Read().Vq[0];
        var error = AddRequest(vq, vbr);
        if (error != 0)
        {
            virtio.Ring.Kick(vq);
            if (error == -Errno.ENOSPC) request.Read().Queue.Write().IsStopped = true;
            await gate.UnlockIrqRestore();
            return error == -Errno.ENOSPC ? BlkStatus.DeviceResource : BlkStatus.IoError;
        }
        var notify = virtio.Ring.KickPrepare(vq);
        await gate.UnlockIrqRestore();
        // The request may be completed, and all of this freed, from here on; the host is told through the same pointers.
        if (notify) virtio.Ring.Notify(vblk.Read().Vqs.Read().Vq[0]);
        return BlkStatus.Ok;
    }

    /// <summary>Models virtblk_request_done().</summary>
    public SimTask Complete(Ptr<Request> request)
    {
        using var frame = kernel.Enter("virtblk_request_done");
        var status = kernel.Memory.Read8(request.As<VirtioBlkRequest>().Read().StatusAddress);
        genhd.BlkMq.EndRequest(request, status switch
        {
            Abi.StatusOk => BlkStatus.Ok,
            Abi.StatusUnsupported => BlkStatus.NotSupported,
            _ => BlkStatus.IoError,
        });
        return SimTask.Done;
    }

    /// <summary>The driver has no open of its own: an open disk does not pin the device.</summary>
    public SimTask<int> Open(Ptr<Gendisk> disk) => 0;

    /// <summary>The driver has no release of its own.</summary>
    public SimTask Release(Ptr<Gendisk> disk) => SimTask.Done;

    /// <summary>Models virtblk_getgeo().</summary>
    public async SimTask GetGeometry(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("virtblk_getgeo");
        var vblk = disk.Read().PrivateData.As<VirtioBlk>();
        await vblk.Read().VdevMutex.Lock();
        var vdev = vblk.Read().Vdev;
        if (!vdev.IsNull)
        {
            await ConfigSpace.Read(vdev, Abi.Geometry, offset: 16, size: 2);
            await ConfigSpace.Read(vdev, Abi.Geometry, offset: 18, size: 1);
            await ConfigSpace.Read(vdev, Abi.Geometry, offset: 19, size: 1);
        }
        vblk.Read().VdevMutex.Unlock();
        await kernel.Point;
    }

    /// <summary>Models virtblk_free_disk(): only now is the driver's structure freed.</summary>
    public SimTask FreeDisk(Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("virtblk_free_disk");
        var vblk = disk.Read().PrivateData.As<VirtioBlk>();
        indices.Free(vblk.Read().Index);
        kernel.Heap.Free(vblk);
        return SimTask.Done;
    }

    /// <summary>Models virtblk_done(): called from the interrupt handler; requests end when the lock is free again.</summary>
    private async SimTask Done(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("virtblk_done");
        var vblk = vq.Read().Vdev.Read().Private.As<VirtioBlk>();
        var vqs = vblk.Read().Vqs;
        var index = vq.Read().Index;
        var gate = vqs.Read().Lock[index];
        await gate.LockIrqSave();
        List<Ptr<Request>>? completed = null;
        do
        {
            virtio.Ring.DisableCb(vq);
            for (var data = Next(); !data.IsNull; data = Next())
            {
                // What came back from a device that is gone has no status.
                if (virtio.Ring.IsLost(vq)) kernel.Memory.Write8(data.As<VirtioBlkRequest>().Read().StatusAddress, Abi.StatusIoError);
                (completed ??= []).Add(data.As<Request>());
            }
            if (virtio.Ring.IsBroken(vq)) break;
        }
        while (!virtio.Ring.EnableCb(vq));
        if (completed is not null) genhd.BlkMq.StartStopped(vblk.Read().Disk.Read().Queue);
        await gate.UnlockIrqRestore();
        if (completed is null) return;
        foreach (var request in completed) await genhd.BlkMq.Complete(request);

        Ptr<HeapObject> Next() => virtio.Ring.GetBuf(vqs.Read().Vq[index], out _);
    }

    /// <summary>Models virtblk_setup_cmd() within its caller.</summary>
    private void Setup(Ptr<VirtioDevice> vdev, Ptr<VirtioBlkRequest> vbr)
    {
        var request = vbr.Read();
        var little = vdev.Read().IsLittleEndian;
        ByteOrder.Write32(kernel.Memory, request.Pdu, request.Op == RequestOp.Write ? Abi.TypeOut : Abi.TypeIn, little);
        ByteOrder.Write32(kernel.Memory, request.Pdu + 4, 0, little);
        ByteOrder.Write64(kernel.Memory, request.Pdu + 8, request.Sector, little);
    }

    /// <summary>Models virtblk_add_req(): header, data, status.</summary>
    private int AddRequest(Ptr<Virtqueue> vq, Ptr<VirtioBlkRequest> vbr)
    {
        using var frame = kernel.Enter("virtblk_add_req");
        var request = vbr.Read();
        var header = new Scatterlist(request.Pdu, VirtioBlkRequest.HeaderSize);
        var status = new Scatterlist(request.StatusAddress, 1);
        var data = new Scatterlist(request.Data, request.Length);
        return request.Op == RequestOp.Write
            ? virtio.Ring.AddSgs(vq, [header, data], [status], vbr.As<HeapObject>())
            : virtio.Ring.AddSgs(vq, [header], [data, status], vbr.As<HeapObject>());
    }
}
