using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>Request queues and tags (block/blk-mq.c, blk-core.c): creating, freezing, destroying.</summary>
/// <remarks>
/// One hardware queue, no scheduler: a task hands its request to the driver itself. There is no request timeout: virtio-blk has
/// no timeout handler and virtio-scsi's only restarts the timer, so a request that the host lost is waited for without end.
/// </remarks>
/// <param name="kernel">The guest.</param>
public sealed partial class BlkMq(GuestKernel kernel)
{
    private const int ResourceDelay = 3;

    /// <summary>Models blk_mq_alloc_tag_set().</summary>
    /// <returns>0 or -ENOMEM.</returns>
    public int AllocateTagSet(BlkMqTagSet set)
    {
        using var frame = kernel.Enter("blk_mq_alloc_tag_set");
        return kernel.Faults.Fails(AllocationKind.Heap) ? -Errno.ENOMEM : 0;
    }

    /// <summary>Models blk_mq_free_tag_set(): the requests are gone.</summary>
    public void FreeTagSet(BlkMqTagSet set)
    {
        using var frame = kernel.Enter("blk_mq_free_tag_set");
        ArgumentNullException.ThrowIfNull(set);
        foreach (var request in set.Requests)
        {
            kernel.Memory.Free(request.Read().Pdu);
            kernel.Heap.Free(request);
        }
        set.Requests.Clear();
        set.Used.Clear();
    }

    /// <summary>Models blk_mq_init_queue_data(): a queue with one reference.</summary>
    /// <returns>NULL without memory.</returns>
    public Ptr<RequestQueue> InitQueue(BlkMqTagSet set, Ptr<HeapObject> data)
    {
        using var frame = kernel.Enter("blk_mq_init_queue_data");
        var queue = kernel.Allocate(new RequestQueue(kernel.World) { TagSet = set, QueueData = data });
        if (queue.IsNull) return queue;
        queue.Write().RunWork = new SystemWork(kernel.World, "blk_mq_run_work_fn", () => Run(queue));
        queue.Write().RunTimer = new Timer(kernel.Scheduler, "delayed_work_timer_fn", () =>
        {
            queue.Write().RunWork.Schedule();
            return SimTask.Done;
        });
        return queue;
    }

    /// <summary>Models blk_get_queue() within its caller.</summary>
    /// <returns>False if the queue is dying.</returns>
    public bool GetQueue(Ptr<RequestQueue> queue)
    {
        if (queue.Read().IsDying) return false;
        queue.Write().RefCount++;
        return true;
    }

    /// <summary>Models blk_put_queue() with blk_release_queue(): the last reference frees it.</summary>
    public void PutQueue(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_put_queue");
        var target = queue.Write();
        if (--target.RefCount > 0) return;
        using var release = kernel.Enter("blk_release_queue");
        target.RunTimer.Stop();
        kernel.Heap.Free(queue);
    }

    /// <summary>Models blk_queue_start_drain(): nobody new gets in, and who waits looks again.</summary>
    public async SimTask StartDrain(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_queue_start_drain");
        await FreezeStart(queue);
        queue.Read().FreezeWait.WakeUp();
    }

    /// <summary>Models blk_mq_freeze_queue_wait(): waits for every request inside, as long as the device takes.</summary>
    public async SimTask FreezeWait(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_mq_freeze_queue_wait");
        while (true)
        {
            var ticket = queue.Read().FreezeWait.Prepare();
            if (queue.Read().UsageCounter == 0) return;
            await queue.Read().FreezeWait.Sleep(ticket);
        }
    }

    /// <summary>Models blk_mq_wait_quiesce_done(): waits until nobody is inside the driver's queue_rq.</summary>
    public async SimTask WaitQuiesceDone(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_mq_wait_quiesce_done");
        while (true)
        {
            var ticket = queue.Read().DispatchEnd.Prepare();
            if (queue.Read().Dispatching == 0) return;
            await queue.Read().DispatchEnd.Sleep(ticket);
        }
    }

    /// <summary>Models blk_mq_unfreeze_queue() with __blk_mq_unfreeze_queue().</summary>
    public async SimTask Unfreeze(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_mq_unfreeze_queue");
        await queue.Read().FreezeLock.Lock();
        if (--queue.Write().FreezeDepth == 0) queue.Read().FreezeWait.WakeUp();
        queue.Read().FreezeLock.Unlock();
        await kernel.Point;
    }

    /// <summary>Models blk_mq_destroy_queue(): all later requests fail with -ENODEV; the reference stays.</summary>
    public async SimTask DestroyQueue(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_mq_destroy_queue");
        queue.Write().IsDying = true;
        await StartDrain(queue);
        await FreezeStart(queue);
        await FreezeWait(queue);
        await WaitQuiesceDone(queue); // the grace period of percpu_ref_kill()
        await CancelWork(queue);
    }

    /// <summary>Models blk_mq_cancel_work_sync() with blk_sync_queue().</summary>
    public async SimTask CancelWork(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_mq_cancel_work_sync");
        queue.Read().RunTimer.Stop();
        await queue.Read().RunWork.CancelSync();
    }

    /// <summary>Models blk_queue_enter().</summary>
    /// <returns>0, or -ENODEV if the queue is dying.</returns>
    public async SimTask<int> Enter(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_queue_enter");
        while (!TryEnter(queue))
        {
            while (true)
            {
                var ticket = queue.Read().FreezeWait.Prepare();
                if (queue.Read().FreezeDepth == 0 || queue.Read().IsDying) break;
                await queue.Read().FreezeWait.Sleep(ticket);
            }
            if (queue.Read().IsDying) return -Errno.ENODEV;
        }
        return 0;
    }

    /// <summary>Models __bio_queue_enter().</summary>
    /// <returns>0, or -ENODEV if the disk is dead.</returns>
    public async SimTask<int> Enter(Ptr<RequestQueue> queue, Ptr<Gendisk> disk)
    {
        using var frame = kernel.Enter("__bio_queue_enter");
        while (!TryEnter(queue))
        {
            while (true)
            {
                var ticket = queue.Read().FreezeWait.Prepare();
                if (queue.Read().FreezeDepth == 0 || disk.Read().IsMarkedDead) break;
                await queue.Read().FreezeWait.Sleep(ticket);
            }
            if (disk.Read().IsMarkedDead) return -Errno.ENODEV;
        }
        return 0;
    }

    /// <summary>Models blk_queue_exit() within its caller.</summary>
    public void Exit(Ptr<RequestQueue> queue)
    {
        var target = queue.Write();
        if (--target.UsageCounter == 0 && target.FreezeDepth > 0) target.FreezeWait.WakeUp();
    }

    private static bool TryEnter(Ptr<RequestQueue> queue)
    {
        if (queue.Read().FreezeDepth > 0) return false;
        queue.Write().UsageCounter++;
        return true;
    }

    /// <summary>Models blk_freeze_queue_start(): from here on nobody enters the queue.</summary>
    private async SimTask FreezeStart(Ptr<RequestQueue> queue)
    {
        using var frame = kernel.Enter("blk_freeze_queue_start");
        await queue.Read().FreezeLock.Lock();
        var first = ++queue.Write().FreezeDepth == 1;
        queue.Read().FreezeLock.Unlock();
        await kernel.Point;
        if (first) await Run(queue);
    }
}
