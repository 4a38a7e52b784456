using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>How far registration got (reg_state of struct net_device).</summary>
internal enum RegState
{
    Uninitialized,
    Registered,
    Unregistering,
    Unregistered,
    Released,
}

/// <summary>What a driver does for a network device (struct net_device_ops).</summary>
public interface INetDeviceOps
{
    /// <summary>The interface goes up; rtnl is held (ndo_open).</summary>
    /// <returns>0 or a negative errno.</returns>
    SimTask<int> Open(Ptr<NetDevice> dev);

    /// <summary>The interface goes down; rtnl is held (ndo_stop).</summary>
    SimTask Stop(Ptr<NetDevice> dev);

    /// <summary>Takes a packet over; the lock of the transmit queue is held (ndo_start_xmit).</summary>
    SimTask StartXmit(Ptr<SkBuff> skb, Ptr<NetDevice> dev);

    /// <summary>Tells the device which packets are wanted; rtnl and the lock of the addresses are held (ndo_set_rx_mode).</summary>
    SimTask SetRxMode(Ptr<NetDevice> dev);
}

/// <summary>A network device with one transmit queue (struct net_device); drivers derive their private structure from it.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="operations">The driver.</param>
public abstract class NetDevice(GuestKernel kernel, INetDeviceOps operations) : Device(kernel.World)
{
    /// <inheritdoc/>
    public override string TypeName => "struct net_device";

    /// <inheritdoc/>
    public override string StateName => RegState.ToString().ToLowerInvariant();

    /// <summary>References that unregistering waits for (dev_refcnt); the first is the driver's.</summary>
    internal int NetRefCount { get; set; } = 1;

    internal RegState RegState { get; set; }

    /// <summary>Number of its name; the N of ethN.</summary>
    internal int Index { get; set; } = -1;

    /// <summary>Bus id of the ccw device behind it.</summary>
    internal string BusId { get; set; } = "";

    /// <summary>The interface is up (IFF_UP).</summary>
    internal bool IsUp { get; set; }

    /// <summary>It is between open and stop (__LINK_STATE_START, netif_running).</summary>
    internal bool IsRunning { get; set; }

    /// <summary>It has no link (__LINK_STATE_NOCARRIER).</summary>
    internal bool NoCarrier { get; set; }

    /// <summary>A change of the link waits to be worked out (__LINK_STATE_LINKWATCH_PENDING).</summary>
    internal bool LinkWatchPending { get; set; }

    /// <summary>It is on the list of such changes, with a reference (link_watch_list).</summary>
    internal bool IsOnLinkWatchList { get; set; }

    /// <summary>The driver takes no packets now (__QUEUE_STATE_DRV_XOFF).</summary>
    internal bool IsStopped { get; set; }

    /// <summary>Serialises ndo_start_xmit (_xmit_lock of the transmit queue).</summary>
    internal SpinLock TxLock { get; } = new(kernel.World, "txq->_xmit_lock");

    /// <summary>Protects the addresses and the receive mode (addr_list_lock).</summary>
    internal SpinLock AddressLock { get; } = new(kernel.World, "dev->addr_list_lock");

    /// <summary>The queueing discipline takes packets: it is neither noop_qdisc nor deactivated.</summary>
    internal bool IsQdiscActive { get; set; }

    /// <summary>Packets that wait for the driver (of the pfifo_fast).</summary>
    internal LinkedList<Ptr<SkBuff>> Qdisc { get; } = new();

    /// <summary>Somebody hands packets to the driver (qdisc_is_running).</summary>
    internal bool IsQdiscRunning { get; set; }

    /// <summary>A softirq is to hand packets to the driver (__QDISC_STATE_SCHED).</summary>
    internal bool IsQdiscScheduled { get; set; }

    /// <summary>The driver.</summary>
    internal INetDeviceOps Operations => operations;

    internal DeviceNodes.Node? Node { get; set; }

    /// <summary>The structure itself.</summary>
    internal Ptr<NetDevice> Self { get; set; }

    /// <summary>Models netdev_release().</summary>
    public override SimTask Release()
    {
        using var frame = kernel.Enter("netdev_release");
        kernel.Heap.Free(Self);
        return SimTask.Done;
    }
}
