using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>Network devices (net/core/dev.c): registering, unregistering, references, the rtnl lock.</summary>
/// <remarks>
/// There are no protocols but packet sockets, so nobody else holds references or adds addresses. The watchdog of the
/// transmit queue is left out: it only complains.
/// </remarks>
public sealed partial class NetCore
{
    private const int RebroadcastDelay = 1000;
    private readonly GuestKernel kernel;
    private readonly DeviceNodes nodes;
    private readonly Ida names;
    private readonly Mutex rtnl;
    private readonly WaitQueue allRefs;
    private readonly WaitQueue qdiscIdle;
    private readonly List<Ptr<NetDevice>> unregistered = [];

    /// <summary>Models net_dev_init() within its caller.</summary>
    /// <param name="kernel">The guest.</param>
    /// <param name="nodes">Where processes find interfaces.</param>
    public NetCore(GuestKernel kernel, DeviceNodes nodes)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        this.kernel = kernel;
        this.nodes = nodes;
        names = new Ida(kernel.World, "names of interfaces");
        rtnl = new Mutex(kernel.World, "rtnl_mutex");
        allRefs = new WaitQueue(kernel.World, "for references on a network device");
        qdiscIdle = new WaitQueue(kernel.World, "for transmissions to end");
        Rcu = new Rcu(kernel);
        Napi = new NapiCore(kernel);
        Sockets = new PacketSockets(this, kernel);
        LinkWatch = new LinkWatch(this, kernel);
        kernel.Scheduler.SetVector(InterruptClass.Net, NetSoftirq);
    }

    /// <summary>Packet sockets.</summary>
    public PacketSockets Sockets { get; }

    internal Rcu Rcu { get; }

    internal NapiCore Napi { get; }

    internal LinkWatch LinkWatch { get; }

    /// <summary>Models rtnl_lock() within its caller.</summary>
    internal SimTask RtnlLock() => rtnl.Lock();

    /// <summary>Models netdev_run_todo() with rtnl_unlock(): who unregistered a device waits now for its references.</summary>
    internal async SimTask RtnlUnlock()
    {
        if (unregistered.Count == 0)
        {
            rtnl.Unlock();
            await kernel.Point;
            return;
        }
        using var frame = kernel.Enter("netdev_run_todo");
        var list = unregistered.ToArray();
        unregistered.Clear();
        rtnl.Unlock();
        await kernel.Point;
        foreach (var dev in list)
        {
            dev.Write().RegState = RegState.Unregistered;
            await LinkWatch.ForgetDevice(dev);
        }
        foreach (var dev in list)
        {
            await WaitAllRefs(dev);
            await kernel.Core.Put(dev.As<Device>());
        }
    }

    /// <summary>Models netdev_hold() within its caller.</summary>
    internal static void Hold(Ptr<NetDevice> dev) => dev.Write().NetRefCount++;

    /// <summary>Models netdev_put() within its caller.</summary>
    internal void Put(Ptr<NetDevice> dev)
    {
        var target = dev.Write();
        if (target.NetRefCount <= 0)
            kernel.World.Fail(target.Describe(ViolationKind.RefCount, $"netdev_put() on {target.Name} without a reference"));
        if (--target.NetRefCount == 1) allRefs.WakeUp();
    }

    /// <summary>Models register_netdevice(), rtnl held.</summary>
    /// <returns>0 or a negative errno; then the caller frees the device.</returns>
    internal async SimTask<int> RegisterNetdevice(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("register_netdevice");
        if (kernel.Faults.Fails(AllocationKind.Heap)) return -Errno.ENOMEM; // netdev_name_node_head_alloc()
        dev.Write().Index = names.Allocate();
        dev.Write().Name = $"eth{dev.Read().Index}";
        kernel.Core.Initialize(dev.As<Device>());
        var result = await kernel.Core.Add(dev.As<Device>());
        dev.Write().RegState = result == 0 ? RegState.Registered : RegState.Unregistered;
        if (result != 0)
        {
            names.Free(dev.Read().Index);
            return result;
        }
        await kernel.Point;
        Hold(dev);
        dev.Write().Node = nodes.Add(dev.Read().BusId, dev.Read().Name, () => Open(dev.Read().Name)); // list_netdevice()
        byName.Add(dev);
        await kernel.Point;
        return 0;
    }

    /// <summary>
    /// Models unregister_netdevice_many_notify() with unregister_netdevice(), rtnl held: takes the interface down and tells everybody to
    /// let it go.
    /// </summary>
    internal async SimTask UnregisterNetdevice(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("unregister_netdevice_many_notify");
        await Close(dev);
        nodes.Remove(dev.Read().Node); // unlist_netdevice()
        byName.Remove(dev);
        dev.Write().RegState = RegState.Unregistering;
        await Rcu.SynchronizeNet();
        ResetQdisc(dev); // dev_shutdown()
        Sockets.Notify(dev, NetEvent.Unregister);
        names.Free(dev.Read().Index);
        await kernel.Point;
        kernel.Core.Get(dev.As<Device>()); // netdev_unregister_kobject(); put when nobody has references any more
        await kernel.Core.Delete(dev.As<Device>());
        await Rcu.SynchronizeNet();
        Put(dev);
        unregistered.Add(dev);
    }

    /// <summary>Models unregister_netdev(): afterwards nobody has a reference.</summary>
    internal async SimTask UnregisterNetdev(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("unregister_netdev");
        await RtnlLock();
        await UnregisterNetdevice(dev);
        await RtnlUnlock();
    }

    /// <summary>Models free_netdev().</summary>
    internal async SimTask FreeNetdev(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("free_netdev");
        if (dev.Read().RegState == RegState.Uninitialized)
        {
            kernel.Heap.Free(dev);
            return;
        }
        kernel.World.Assert(dev.Read().RegState == RegState.Unregistered, "BUG_ON in free_netdev: the device is still registered");
        dev.Write().RegState = RegState.Released;
        await kernel.Core.Put(dev.As<Device>());
    }

    /// <summary>Models netdev_wait_allrefs_any().</summary>
    /// <remarks>The kernel looks again after 1 to 250 ms; here the last reference wakes the waiter. It repeats its notification
    /// every second; here once, as nothing changes by a further one.</remarks>
    private async SimTask WaitAllRefs(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("netdev_wait_allrefs_any");
        var rebroadcast = false;
        var timer = new Timer(kernel.Scheduler, "process_timeout", () =>
        {
            rebroadcast = true;
            allRefs.WakeUp();
            return SimTask.Done;
        });
        if (dev.Read().NetRefCount != 1) timer.Start(RebroadcastDelay);
        while (true)
        {
            var ticket = allRefs.Prepare();
            if (dev.Read().NetRefCount == 1) break;
            if (rebroadcast)
            {
                rebroadcast = false;
                await Rebroadcast(dev);
                continue;
            }
            await allRefs.Sleep(ticket);
        }
        timer.Stop();
    }

    private async SimTask Rebroadcast(Ptr<NetDevice> dev)
    {
        kernel.Log($"unregister_netdevice: waiting for {dev.Read().Name} to become free. Usage count = {dev.Read().NetRefCount}");
        await RtnlLock();
        Sockets.Notify(dev, NetEvent.Unregister);
        if (dev.Read().LinkWatchPending) await LinkWatch.RunQueue(urgentOnly: false);
        rtnl.Unlock();
        await kernel.Point;
    }

    /// <summary>The softirqs NET_RX and NET_TX for one poller or one queueing discipline.</summary>
    private async SimTask NetSoftirq(PendingInterrupt interrupt)
    {
        var napi = kernel.Heap.At<NapiStruct>(interrupt.Key);
        if (napi.IsNull) await NetTxAction(kernel.Heap.At<NetDevice>(interrupt.Key));
        else await Napi.NetRxAction(napi);
    }
}
