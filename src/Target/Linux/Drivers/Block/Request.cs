using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;

namespace CcwFuzz.Target.Linux.Drivers.Block;

/// <summary>A request to a driver (struct request with the driver's data behind it, include/linux/blk-mq.h).</summary>
/// <remarks>One per tag, used again and again; its memory belongs to the tag set.</remarks>
public class Request : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct request";

    /// <summary>The queue that it is for now.</summary>
    public Ptr<RequestQueue> Queue { get; internal set; }

    /// <summary>Its number in the tag set.</summary>
    public int Tag { get; internal set; }

    /// <summary>What to do.</summary>
    public RequestOp Op { get; internal set; }

    /// <summary>First sector of 512 bytes.</summary>
    public ulong Sector { get; internal set; }

    /// <summary>Guest address of the data; meaningless if there is none.</summary>
    public uint Data { get; internal set; }

    /// <summary>Bytes of data.</summary>
    public uint Length { get; internal set; }

    /// <summary>Guest address of what the driver keeps for it where the host can reach it (blk_mq_rq_to_pdu).</summary>
    public uint Pdu { get; internal set; }

    /// <summary>A power management request: allowed when the device is going away (RQF_PM).</summary>
    public bool IsPm { get; internal set; }

    /// <summary>The bio that it carries, if it carries one.</summary>
    internal Ptr<Bio> Bio { get; set; }

    /// <summary>Who waits for a request without a bio (end_io of blk_execute_rq).</summary>
    internal Completion? EndIo { get; set; }

    /// <summary>How a request without a bio ended.</summary>
    internal BlkStatus Status { get; set; }

    /// <summary>Makes it new for its next use (blk_mq_rq_ctx_init).</summary>
    internal virtual void Renew()
    {
        (Bio, EndIo, Status) = (Ptr<Bio>.Null, null, BlkStatus.Ok);
        (Sector, Data, Length, IsPm) = (0, 0, 0, false);
    }
}

/// <summary>A transfer that a task waits for (struct bio).</summary>
/// <param name="done">Completed at its end.</param>
public sealed class Bio(Completion done) : HeapObject
{
    /// <inheritdoc/>
    public override string TypeName => "struct bio";

    /// <summary>How it ended.</summary>
    internal BlkStatus Status { get; set; }

    /// <summary>Completed at its end (bi_end_io of submit_bio_wait).</summary>
    internal Completion Done => done;
}
