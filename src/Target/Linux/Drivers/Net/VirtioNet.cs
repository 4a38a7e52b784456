using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>One virtio network device: struct virtnet_info behind its struct net_device, in one allocation.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="operations">The driver.</param>
public sealed class VirtnetInfo(GuestKernel kernel, INetDeviceOps operations) : NetDevice(kernel, operations)
{
    /// <summary>The device, unreferenced.</summary>
    internal Ptr<VirtioDevice> Vdev { get; init; }

    /// <summary>The control queue (cvq).</summary>
    internal Ptr<Virtqueue> ControlVq { get; set; }

    /// <summary>The receive queue (rq), an allocation of its own.</summary>
    internal Ptr<ReceiveQueue> Rq { get; set; }

    /// <summary>The send queue (sq), an allocation of its own.</summary>
    internal Ptr<SendQueue> Sq { get; set; }

    /// <summary>Buffers for control commands (ctrl), protected by the rtnl lock.</summary>
    internal Ptr<ControlBuffer> Control { get; set; }

    /// <summary>The link as last read: 1 for up (status).</summary>
    internal uint Status { get; set; }

    /// <summary>The transmit queue is polled by a softirq (affinity_hint_set).</summary>
    internal bool HasAffinity { get; set; }

    /// <summary>Fills the receive queue when memory was short (refill).</summary>
    internal DelayedWork Refill { get; set; } = null!;

    /// <summary>The softirq may schedule that (refill_enabled).</summary>
    internal bool RefillEnabled { get; set; }

    /// <summary>Protects <see cref="RefillEnabled"/> (refill_lock).</summary>
    internal SpinLock RefillLock { get; } = new(kernel.World, "vi->refill_lock");

    /// <summary>Reads the link's state (config_work).</summary>
    internal SystemWork ConfigWork { get; set; } = null!;
}

/// <summary>The receive queue with its poller (struct receive_queue).</summary>
public sealed class ReceiveQueue : NapiStruct
{
    /// <inheritdoc/>
    public override string TypeName => "struct receive_queue";

    /// <summary>The virtqueue.</summary>
    internal Ptr<Virtqueue> Vq { get; set; }

    /// <summary>Where the next buffers come from (alloc_frag), with a reference.</summary>
    internal Ptr<PageFragment> Fragment { get; set; }
}

/// <summary>The send queue with its poller (struct send_queue).</summary>
public sealed class SendQueue : NapiStruct
{
    /// <inheritdoc/>
    public override string TypeName => "struct send_queue";

    /// <summary>The virtqueue.</summary>
    internal Ptr<Virtqueue> Vq { get; set; }
}

/// <summary>Buffers for control commands (struct control_buf): the header, the data, and the status byte.</summary>
public sealed class ControlBuffer : HeapObject
{
    /// <summary>Bytes in guest memory.</summary>
    internal const uint Size = 32;

    /// <inheritdoc/>
    public override string TypeName => "struct control_buf";

    /// <summary>Guest address of the header: class and command.</summary>
    internal uint Header { get; init; }

    /// <summary>Guest address of the data.</summary>
    internal uint Data => Header + 8;

    /// <summary>Guest address of the status that the device writes.</summary>
    internal uint Status => Header + 24;
}

/// <summary>A page that buffers are cut from; each buffer holds a reference (struct page_frag with its struct page).</summary>
public sealed class PageFragment : HeapObject
{
    /// <summary>Bytes: what skb_page_frag_refill() tries first.</summary>
    internal const uint Size = 32768;

    /// <inheritdoc/>
    public override string TypeName => "struct page";

    /// <summary>Guest address.</summary>
    internal uint Memory { get; init; }

    /// <summary>Bytes given out.</summary>
    internal uint Offset { get; set; }

    /// <summary>References.</summary>
    internal int RefCount { get; set; } = 1;
}

/// <summary>Numbers of the virtio network device (include/uapi/linux/virtio_net.h).</summary>
internal static class VirtioNetAbi
{
    internal const uint DeviceId = 1;

    internal const int GuestOffloads = 2;
    internal const int Mac = 5;
    internal const int MergeableBuffers = 15;
    internal const int Status = 16;
    internal const int ControlVq = 17;
    internal const int ControlRx = 18;
    internal const int ControlVlan = 19;
    internal const int GuestAnnounce = 21;
    internal const int ControlMac = 23;

    /// <summary>
    /// Features that the driver knows and a host without offloads offers; the others (checksums, segmentation, several
    /// queues, receive scaling, speed, MTU) are not modelled.
    /// </summary>
    internal const ulong Features = 1UL << GuestOffloads | 1UL << Mac | 1UL << MergeableBuffers | 1UL << Status | 1UL << ControlVq
        | 1UL << ControlRx | 1UL << ControlVlan | 1UL << GuestAnnounce | 1UL << ControlMac;

    internal const uint LinkUp = 1;
    internal const uint Announce = 2;

    internal const byte Ok = 0;
    internal const byte ClassRx = 0;
    internal const byte RxPromiscuous = 0;
    internal const byte RxAllMulticast = 1;
    internal const byte ClassMac = 1;
    internal const byte MacTableSet = 0;
    internal const byte MacAddressSet = 1;
    internal const byte ClassAnnounce = 3;
    internal const byte AnnounceAck = 0;

    /// <summary>Bytes of the header of a packet, of version 1 or with mergeable buffers.</summary>
    internal const uint HeaderSize = 12;
    internal const uint ShortHeaderSize = 10;
    internal const uint EthernetHeader = 14;

    /// <summary>Bytes of a receive buffer: one cache line of s390. The kernel takes six: packets of the model are short.</summary>
    internal const uint BufferSize = 256;

    /// <summary>Free descriptors below which the transmit queue is stopped: 2 + MAX_SKB_FRAGS.</summary>
    internal const uint RoomForPacket = 19;
}
