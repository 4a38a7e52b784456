using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>What a driver does with requests (struct blk_mq_ops).</summary>
public interface IBlkMqOps
{
    /// <summary>Starts a request (queue_rq).</summary>
    SimTask<BlkStatus> QueueRq(Ptr<Request> request);

    /// <summary>Ends a request that the device completed (complete); runs where softirqs run, so it cannot sleep.</summary>
    SimTask Complete(Ptr<Request> request);
}

/// <summary>The queue in front of a device (struct request_queue, include/linux/blkdev.h).</summary>
/// <param name="world">Where it lives.</param>
public sealed class RequestQueue(World world) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct request_queue";

    /// <summary>Number of references (kobject).</summary>
    internal int RefCount { get; set; } = 1;

    /// <summary>Requests and others that are inside it (q_usage_counter).</summary>
    internal int UsageCounter { get; set; }

    /// <summary>How often it was frozen: nobody new gets in (mq_freeze_depth).</summary>
    internal int FreezeDepth { get; set; }

    /// <summary>It will never be thawed (QUEUE_FLAG_DYING).</summary>
    internal bool IsDying { get; set; }

    /// <summary>Contexts that are inside the driver's queue_rq: they are in an RCU read section.</summary>
    internal int Dispatching { get; set; }

    /// <summary>Woken when <see cref="Dispatching"/> drops to 0 (synchronize_rcu).</summary>
    internal WaitQueue DispatchEnd { get; } = new(world, "for queue_rq to return");

    /// <summary>The driver has no room (BLK_MQ_S_STOPPED of its hardware queue).</summary>
    internal bool IsStopped { get; set; }

    /// <summary>mq_freeze_lock.</summary>
    internal Mutex FreezeLock { get; } = new(world, "q->mq_freeze_lock");

    /// <summary>Woken when it was thawed or drained (mq_freeze_wq).</summary>
    internal WaitQueue FreezeWait { get; } = new(world, "for the request queue to drain or thaw");

    /// <summary>The driver's data (queuedata).</summary>
    public Ptr<HeapObject> QueueData { get; internal set; }

    /// <summary>Its tags, inside a structure of the driver.</summary>
    internal BlkMqTagSet TagSet { get; init; } = null!;

    /// <summary>Requests that the driver could not take yet (dispatch of its hardware queue).</summary>
    internal List<Ptr<Request>> Dispatch { get; } = [];

    /// <summary>Tries <see cref="Dispatch"/> again (run_work).</summary>
    internal SystemWork RunWork { get; set; } = null!;

    /// <summary>Tries <see cref="Dispatch"/> again after a while (delayed run_work).</summary>
    internal Timer RunTimer { get; set; } = null!;
}

/// <summary>The requests that a driver can have at once (struct blk_mq_tag_set), embedded in a structure of the driver.</summary>
/// <param name="world">Where it lives.</param>
/// <param name="owner">The structure that it is embedded in.</param>
/// <param name="ops">The driver.</param>
/// <param name="depth">Number of requests.</param>
/// <param name="pduSize">Bytes that the driver keeps for a request where the host can reach them.</param>
/// <param name="pduName">What they are, in the kernel's words.</param>
/// <param name="create">Makes the request's structure with the driver's part.</param>
public sealed class BlkMqTagSet(
    World world, Ptr<HeapObject> owner, IBlkMqOps ops, int depth, uint pduSize, string pduName, Func<Request> create)
{
    /// <summary>The structure that it is embedded in: using the tags is an access to that structure.</summary>
    internal Ptr<HeapObject> Owner => owner;

    /// <summary>The driver.</summary>
    internal IBlkMqOps Ops => ops;

    /// <summary>Number of requests.</summary>
    internal int Depth => depth;

    /// <summary>Bytes of a request in guest memory.</summary>
    internal uint PduSize => pduSize;

    /// <summary>What they are.</summary>
    internal string PduName => pduName;

    /// <summary>Makes a request.</summary>
    internal Func<Request> Create => create;

    /// <summary>The requests that were used so far, by tag.</summary>
    internal List<Ptr<Request>> Requests { get; } = [];

    /// <summary>Tags that are in use.</summary>
    internal List<bool> Used { get; } = [];

    /// <summary>Tasks that wait for a tag.</summary>
    internal WaitQueue TagWait { get; } = new(world, "for a free request");
}
