using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>What happens to a device, as protocols hear of it (NETDEV_*).</summary>
internal enum NetEvent
{
    Up,
    Down,
    Unregister,
}

/// <content>Interfaces go up and down; the link comes and goes.</content>
public sealed partial class NetCore
{
    private readonly List<Ptr<NetDevice>> byName = [];

    /// <summary>A process brings an interface up, and opens a packet socket on it.</summary>
    /// <returns>Null if there is no such interface any more, or if it does not come up.</returns>
    internal async SimTask<OpenFile?> Open(string name)
    {
        var socket = await Sockets.Create();
        if (socket.IsNull) return null;
        var result = await ChangeFlags(name, up: true);
        if (result == 0) result = await Sockets.Bind(socket, Find(name));
        if (result == 0) return new NetFile(this, socket, name);
        await Sockets.Release(socket);
        return null;
    }

    /// <summary>Models dev_change_flags() of IFF_UP by name, as an ioctl or netlink message does it.</summary>
    /// <returns>0 or a negative errno.</returns>
    internal async SimTask<int> ChangeFlags(string name, bool up)
    {
        using var frame = kernel.Enter("dev_change_flags");
        await RtnlLock();
        var dev = Find(name);
        var result = dev.IsNull ? -Errno.ENODEV : 0;
        if (result == 0 && up) result = await Open(dev);
        else if (result == 0) await Close(dev);
        await RtnlUnlock();
        return result;
    }

    /// <summary>Models netif_carrier_on().</summary>
    internal void CarrierOn(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("netif_carrier_on");
        if (!dev.Read().NoCarrier) return;
        dev.Write().NoCarrier = false;
        if (dev.Read().RegState != RegState.Uninitialized) LinkWatch.FireEvent(dev);
    }

    /// <summary>Models netif_carrier_off().</summary>
    internal void CarrierOff(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("netif_carrier_off");
        if (dev.Read().NoCarrier) return;
        dev.Write().NoCarrier = true;
        if (dev.Read().RegState != RegState.Uninitialized) LinkWatch.FireEvent(dev);
    }

    /// <summary>Models netdev_notify_peers(): no protocol here has anything to announce.</summary>
    internal async SimTask NotifyPeers(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("netdev_notify_peers");
        await RtnlLock();
        await RtnlUnlock();
    }

    /// <summary>Models dev_activate() of sch_generic.c, rtnl held: without a link that is left to the link's watch.</summary>
    internal void Activate(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("dev_activate");
        if (!dev.Read().NoCarrier) dev.Write().IsQdiscActive = true;
    }

    /// <summary>Models dev_deactivate_many(), rtnl held: waits until no packet is on its way to the driver.</summary>
    internal async SimTask Deactivate(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("dev_deactivate_many");
        dev.Write().IsQdiscActive = false;
        await Rcu.SynchronizeNet();
        ResetQdisc(dev);
        while (true)
        {
            var ticket = qdiscIdle.Prepare();
            if (!dev.Read().IsQdiscRunning && !dev.Read().IsQdiscScheduled) return;
            await qdiscIdle.Sleep(ticket); // looks every jiffy
        }
    }

    private Ptr<NetDevice> Find(string name)
    {
        foreach (var dev in byName)
            if (dev.Read().Name == name) return dev;
        return Ptr<NetDevice>.Null;
    }

    /// <summary>Models __dev_open() with dev_open(), rtnl held.</summary>
    private async SimTask<int> Open(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("__dev_open");
        if (dev.Read().IsUp) return 0;
        dev.Write().IsRunning = true;
        var result = await dev.Read().Operations.Open(dev);
        if (result != 0)
        {
            dev.Write().IsRunning = false;
            return result;
        }
        dev.Write().IsUp = true;
        await SetRxMode(dev);
        Activate(dev);
        await kernel.Point;
        Sockets.Notify(dev, NetEvent.Up);
        return 0;
    }

    /// <summary>Models __dev_close_many() with dev_close_many(), rtnl held.</summary>
    private async SimTask Close(Ptr<NetDevice> dev)
    {
        if (!dev.Read().IsUp) return;
        using var frame = kernel.Enter("__dev_close_many");
        dev.Write().IsRunning = false;
        await Deactivate(dev);
        await dev.Read().Operations.Stop(dev);
        dev.Write().IsUp = false;
        await kernel.Point;
        Sockets.Notify(dev, NetEvent.Down);
    }

    /// <summary>Models dev_set_rx_mode(): the driver is called with a spinlock held.</summary>
    private async SimTask SetRxMode(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("dev_set_rx_mode");
        await dev.Read().AddressLock.LockBh();
        if (dev.Read().IsUp) await dev.Read().Operations.SetRxMode(dev);
        await dev.Read().AddressLock.UnlockBh();
    }
}
