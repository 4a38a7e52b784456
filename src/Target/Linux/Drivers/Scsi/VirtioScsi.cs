using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>One virtio SCSI host (struct virtio_scsi, drivers/scsi/virtio_scsi.c); one allocation with its struct Scsi_Host.</summary>
public sealed class VirtioScsi : HeapObject
{
    /// <summary>Buffers for events that are at the host (VIRTIO_SCSI_EVENT_LEN).</summary>
    internal const int EventCount = 8;

    /// <inheritdoc/>
    public override string TypeName => "struct virtio_scsi";

    /// <summary>The device; valid as long as the SCSI host is, which pins it.</summary>
    internal Ptr<VirtioDevice> Vdev { get; set; }

    /// <summary>Task management functions.</summary>
    internal VirtioScsiVq Control { get; set; } = null!;

    /// <summary>Events.</summary>
    internal VirtioScsiVq Events { get; set; } = null!;

    /// <summary>Commands; the model uses the first.</summary>
    internal VirtioScsiVq[] Requests { get; set; } = [];

    /// <summary>Number of request queues.</summary>
    internal uint NumQueues { get; set; }

    /// <summary>Buffers for events (event_list).</summary>
    internal Ptr<VirtioScsiEvent>[] EventList { get; } = new Ptr<VirtioScsiEvent>[EventCount];

    /// <summary>Guest address of the buffers.</summary>
    internal uint EventMemory { get; set; }

    /// <summary>No more event work may be queued; protected by the event queue's lock (stop_events).</summary>
    internal bool StopEvents { get; set; }
}

/// <summary>A queue with its lock (struct virtio_scsi_vq).</summary>
/// <param name="world">Where it lives.</param>
/// <param name="vq">The queue.</param>
internal sealed class VirtioScsiVq(World world, Ptr<Virtqueue> vq)
{
    internal Ptr<Virtqueue> Vq => vq;

    internal SpinLock Lock { get; } = new(world, "virtscsi_vq->vq_lock");
}

/// <summary>A buffer for an event (struct virtio_scsi_event_node).</summary>
public sealed class VirtioScsiEvent : HeapObject
{
    /// <summary>Bytes of an event: what, the logical unit, the reason.</summary>
    internal const uint Size = 16;

    /// <inheritdoc/>
    public override string TypeName => "struct virtio_scsi_event_node";

    /// <summary>Guest address of the event.</summary>
    internal uint Event { get; set; }

    /// <summary>Handles the event (work).</summary>
    internal SystemWork Work { get; set; } = null!;
}

/// <summary>A task management function (struct virtio_scsi_cmd from the driver's own pool).</summary>
/// <param name="done">Completed when the device answered.</param>
public sealed class VirtioScsiFunction(Completion done) : HeapObject
{
    /// <summary>Bytes that the device reads.</summary>
    internal const uint RequestSize = 24;

    /// <summary>Bytes in guest memory: the request, and one byte of response.</summary>
    internal const uint Size = RequestSize + 1;

    /// <inheritdoc/>
    public override string TypeName => "struct virtio_scsi_cmd";

    /// <summary>Completed when the device answered (comp).</summary>
    internal Completion Done => done;

    /// <summary>Guest address.</summary>
    internal uint Memory { get; set; }
}

/// <summary>Numbers and layouts of the virtio SCSI device (include/uapi/linux/virtio_scsi.h).</summary>
internal static class VirtioScsiAbi
{
    internal const uint DeviceId = 8;
    internal const int QueueBase = 2;

    internal const int HotPlug = 1;
    internal const int Change = 2;

    internal const uint CdbSize = 32;
    internal const uint SenseSize = 96;

    /// <summary>Command request: unit 8, tag 8, attributes 3, command descriptor block 32.</summary>
    internal const uint RequestSize = 51;

    /// <summary>Where the response lies behind the request in our memory.</summary>
    internal const uint ResponseOffset = 56;

    /// <summary>Response: sense length 4, residual 4, qualifier 2, status 1, response 1, sense 96.</summary>
    internal const uint ResponseSize = 108;

    internal const uint CommandSize = ResponseOffset + ResponseSize;

    internal const byte ResponseOk = 0;
    internal const byte ResponseAborted = 2;
    internal const byte ResponseBadTarget = 3;
    internal const byte ResponseReset = 4;
    internal const byte ResponseBusy = 5;
    internal const byte ResponseTransportFailure = 6;
    internal const byte ResponseTargetFailure = 7;
    internal const byte FunctionSucceeded = 10;

    internal const uint TypeTmf = 0;
    internal const uint LogicalUnitReset = 5;

    internal const uint EventsMissed = 0x8000_0000;
    internal const uint NoEvent = 0;
    internal const uint TransportReset = 1;
    internal const uint ParamChange = 3;
    internal const uint ResetRescan = 1;
    internal const uint ResetRemoved = 2;
}
