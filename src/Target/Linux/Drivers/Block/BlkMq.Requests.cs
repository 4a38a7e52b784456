using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <content>The life of a request.</content>
public sealed partial class BlkMq
{
    /// <summary>Models blk_mq_alloc_request(): enters the queue and waits for a tag.</summary>
    /// <returns>NULL if the queue is dying.</returns>
    public async SimTask<Ptr<Request>> AllocateRequest(Ptr<RequestQueue> queue, RequestOp op)
    {
        using var frame = kernel.Enter("blk_mq_alloc_request");
        if (await Enter(queue) != 0) return Ptr<Request>.Null;
        return await TakeTag(queue, op);
    }

    /// <summary>Models blk_execute_rq(): starts a request of the driver's own and waits until it ended.</summary>
    public async SimTask<BlkStatus> Execute(Ptr<Request> request)
    {
        using var frame = kernel.Enter("blk_execute_rq");
        var done = new Completion(kernel.World, "for a request to end");
        request.Write().EndIo = done;
        await kernel.Point;
        await Issue(request);
        await done.Wait();
        return request.Read().Status;
    }

    /// <summary>Models submit_bio_wait(): reads or writes and waits until it ended.</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> Submit(Ptr<Gendisk> disk, RequestOp op, ulong sector, uint data, uint length)
    {
        using var frame = kernel.Enter("submit_bio_wait");
        var capacity = disk.Read().Capacity;
        if (sector + (length / Gendisk.SectorSize) > capacity) return -Errno.EIO; // bio_check_eod()
        var queue = disk.Read().Queue;
        await kernel.Point;
        if (await Enter(queue, disk) != 0) return -Errno.EIO;
        var bio = kernel.Heap.Allocate(new Bio(new Completion(kernel.World, "for a transfer to end")));
        var request = await TakeTag(queue, op);
        var target = request.Write();
        (target.Bio, target.Sector, target.Data, target.Length) = (bio, sector, data, length);
        await kernel.Point;
        await Issue(request);
        await bio.Read().Done.Wait();
        var status = bio.Read().Status;
        kernel.Heap.Free(bio);
        return status.ToErrno();
    }

    /// <summary>Models blk_mq_end_request(): tells who waits; a request with a bio is free again.</summary>
    public void EndRequest(Ptr<Request> request, BlkStatus status)
    {
        using var frame = kernel.Enter("blk_mq_end_request");
        var target = request.Write();
        target.Status = status;
        if (!target.Bio.IsNull)
        {
            var bio = target.Bio;
            target.Bio = Ptr<Bio>.Null;
            bio.Write().Status = status;
            bio.Read().Done.Complete();
        }
        if (target.EndIo is { } done)
        {
            target.EndIo = null;
            done.Complete();
        }
        else
        {
            FreeRequest(request);
        }
    }

    /// <summary>Models blk_mq_free_request(): gives the tag back and leaves the queue.</summary>
    public void FreeRequest(Ptr<Request> request)
    {
        using var frame = kernel.Enter("blk_mq_free_request");
        var queue = request.Read().Queue;
        var set = queue.Read().TagSet;
        set.Owner.Read();
        kernel.World.Assert(set.Used[request.Read().Tag], "a request is freed that nobody uses");
        set.Used[request.Read().Tag] = false;
        set.TagWait.WakeUp();
        if (queue.Read().Dispatch.Count > 0) queue.Read().RunWork.Schedule();
        Exit(queue);
    }

    /// <summary>Models the part of blk_mq_complete_request() that a softirq does, within its caller: calls the driver.</summary>
    public SimTask Complete(Ptr<Request> request) => request.Read().Queue.Read().TagSet.Ops.Complete(request);

    /// <summary>Models blk_mq_start_stopped_hw_queues() within its caller.</summary>
    public void StartStopped(Ptr<RequestQueue> queue)
    {
        if (!queue.Read().IsStopped) return;
        queue.Write().IsStopped = false;
        queue.Read().RunWork.Schedule();
    }

    /// <summary>Models blk_mq_requeue_request() with a kick: the request is tried again from a worker.</summary>
    public void Requeue(Ptr<Request> request)
    {
        using var frame = kernel.Enter("blk_mq_requeue_request");
        var queue = request.Read().Queue;
        queue.Write().Dispatch.Add(request);
        queue.Read().RunWork.Schedule();
    }

    /// <summary>Models blk_mq_dispatch_rq_list() with blk_mq_run_hw_queue(): offers what waits to the driver.</summary>
    public async SimTask Run(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_mq_dispatch_rq_list");
        while (queue.Read().Dispatch.Count > 0 && !queue.Read().IsStopped)
        {
            var request = queue.Read().Dispatch[0];
            queue.Write().Dispatch.RemoveAt(0);
            var status = await CallDriver(queue, request);
            if (status is BlkStatus.Resource or BlkStatus.DeviceResource)
            {
                HoldBack(request, status, front: true);
                return;
            }
            if (status != BlkStatus.Ok) EndRequest(request, status);
            await kernel.Point;
        }
    }

    /// <summary>Models blk_mq_try_issue_directly().</summary>
    private async SimTask Issue(Ptr<Request> request)
    {
        using var frame = kernel.Enter("blk_mq_try_issue_directly");
        var queue = request.Read().Queue;
        if (queue.Read().IsStopped)
        {
            queue.Write().Dispatch.Add(request);
            return;
        }
        var status = await CallDriver(queue, request);
        if (status is BlkStatus.Resource or BlkStatus.DeviceResource) HoldBack(request, status, front: false);
        else if (status != BlkStatus.Ok) EndRequest(request, status);
        await kernel.Point;
    }

    /// <summary>Models blk_mq_run_dispatch_ops() within its caller: the driver's queue_rq runs inside an RCU read section.</summary>
    private static async SimTask<BlkStatus> CallDriver(Ptr<RequestQueue> queue, Ptr<Request> request)
    {
        queue.Write().Dispatching++;
        var status = await queue.Read().TagSet.Ops.QueueRq(request);
        if (--queue.Write().Dispatching == 0) queue.Read().DispatchEnd.WakeUp();
        return status;
    }

    private static void HoldBack(Ptr<Request> request, BlkStatus status, bool front)
    {
        var queue = request.Read().Queue.Write();
        if (front) queue.Dispatch.Insert(0, request);
        else queue.Dispatch.Add(request);
        if (status == BlkStatus.Resource) queue.RunTimer.Start(ResourceDelay);
    }

    /// <summary>Models blk_mq_get_tag(): takes a free tag, or sleeps until there is one.</summary>
    private async SimTask<Ptr<Request>> TakeTag(Ptr<RequestQueue> queue, RequestOp op)
    {
        using var frame = kernel.Enter("blk_mq_get_tag");
        var set = queue.Read().TagSet;
        while (true)
        {
            set.Owner.Read();
            var ticket = set.TagWait.Prepare();
            var tag = FindTag(set);
            if (tag >= 0)
            {
                set.Used[tag] = true;
                var request = set.Requests[tag];
                var target = request.Write();
                target.Renew();
                (target.Queue, target.Op) = (queue, op);
                return request;
            }
            await set.TagWait.Sleep(ticket);
        }
    }

    /// <summary>
    /// Models blk_mq_alloc_rqs(), which allocates all requests with the set; here each is made when its tag is first used.
    /// </summary>
    private int FindTag(BlkMqTagSet set)
    {
        for (var i = 0; i < set.Used.Count; i++)
            if (!set.Used[i]) return i;
        if (set.Used.Count == set.Depth) return -1;
        using var frame = kernel.Enter("blk_mq_alloc_rqs");
        var request = kernel.Heap.Allocate(set.Create());
        request.Write().Tag = set.Used.Count;
        request.Write().Pdu = kernel.Memory.Allocate(set.PduSize, set.PduName, GuestMemory.Granule);
        kernel.World.Assert(request.Read().Pdu != 0, "guest memory is exhausted");
        set.Requests.Add(request);
        set.Used.Add(false);
        return set.Used.Count - 1;
    }
}
