using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>Packet sockets (net/packet/af_packet.c): who sends holds a reference on the device, and so does who is bound to it.</summary>
/// <param name="net">Network devices.</param>
/// <param name="kernel">The guest.</param>
public sealed class PacketSockets(NetCore net, GuestKernel kernel)
{
    /// <summary>Packets that fit into the smallest send buffer (SOCK_MIN_SNDBUF), which the process asked for.</summary>
    private const int SendBuffer = 4;
    private const int ReceiveBuffer = 64;
    private readonly List<Ptr<PacketSocket>> sockets = [];

    /// <summary>Models packet_create().</summary>
    /// <returns>NULL without memory.</returns>
    internal async SimTask<Ptr<PacketSocket>> Create()
    {
        using var frame = kernel.Enter("packet_create");
        var socket = kernel.Allocate(new PacketSocket(kernel.World));
        if (!socket.IsNull) sockets.Add(socket);
        await kernel.Point;
        return socket;
    }

    /// <summary>Models packet_do_bind().</summary>
    /// <returns>0, or -ENODEV.</returns>
    internal async SimTask<int> Bind(Ptr<PacketSocket> socket, Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("packet_do_bind");
        if (dev.IsNull) return -Errno.ENODEV;
        NetCore.Hold(dev);
        var target = socket.Write();
        target.Device = dev;
        target.IsShut = false;
        if (dev.Read().IsUp) target.IsRunning = true;
        else target.Error = Errno.ENETDOWN;
        await kernel.Point;
        return 0;
    }

    /// <summary>Models packet_release().</summary>
    internal async SimTask Release(Ptr<PacketSocket> socket)
    {
        using var frame = kernel.Enter("packet_release");
        sockets.Remove(socket);
        socket.Write().IsRunning = false;
        Unhook(socket);
        await net.Rcu.SynchronizeNet();
        while (socket.Write().Received.TryDequeue(out var skb)) net.FreeSkb(skb);
        if (socket.Read().InFlight == 0) kernel.Heap.Free(socket);
        else socket.Write().IsDead = true;
    }

    /// <summary>Models packet_notifier().</summary>
    internal void Notify(Ptr<NetDevice> dev, NetEvent what)
    {
        using var frame = kernel.Enter("packet_notifier");
        foreach (var socket in sockets)
        {
            if (socket.Read().Device != dev) continue;
            if (what == NetEvent.Up)
            {
                socket.Write().IsRunning = true;
                continue;
            }
            if (socket.Read().IsRunning)
            {
                socket.Write().IsRunning = false;
                socket.Write().Error = Errno.ENETDOWN;
                socket.Read().Waiting.WakeUp();
            }
            if (what != NetEvent.Unregister) continue;
            Unhook(socket);
            if (kernel.Variant.Has(Remedies.ShutSocket)) ShutSocket.Shut(socket);
        }
    }

    /// <summary>Models packet_rcv() within its caller.</summary>
    /// <returns>Whether a socket took it.</returns>
    internal bool Deliver(Ptr<SkBuff> skb, Ptr<NetDevice> dev)
    {
        foreach (var socket in sockets)
        {
            var target = socket.Read();
            if (!target.IsRunning || target.Device != dev || target.Received.Count >= ReceiveBuffer) continue;
            target.Received.Enqueue(skb);
            target.Waiting.WakeUp();
            return true;
        }
        return false;
    }

    /// <summary>Models sock_wfree() within its caller.</summary>
    internal void WriteFree(Ptr<PacketSocket> socket)
    {
        var target = socket.Write();
        target.InFlight--;
        target.Waiting.WakeUp();
        if (target is { IsDead: true, InFlight: 0 }) kernel.Heap.Free(socket);
    }

    /// <summary>Models packet_snd(): may sleep with a reference on the device until packets before it are freed.</summary>
    /// <returns>The number of bytes or a negative errno.</returns>
    internal async SimTask<int> Send(Ptr<PacketSocket> socket, byte[] packet)
    {
        using var frame = kernel.Enter("packet_snd");
        var dev = socket.Read().Device; // packet_cached_dev_get()
        if (dev.IsNull) return -Errno.ENXIO;
        NetCore.Hold(dev);
        var result = dev.Read().IsUp ? await AwaitRoom(socket) : -Errno.ENETDOWN;
        if (result == 0)
        {
            var skb = net.AllocateSkb(socket, (uint)packet.Length);
            if (skb.IsNull)
            {
                result = -Errno.ENOMEM;
            }
            else
            {
                socket.Write().InFlight++;
                packet.CopyTo(kernel.Memory.Guest(skb.Read().Data, (uint)packet.Length));
                await net.QueueXmit(skb, dev);
                result = packet.Length;
            }
        }
        net.Put(dev);
        return result;
    }

    /// <summary>Models packet_recvmsg() of a socket with a receive timeout.</summary>
    /// <returns>The packet, or null with a negative errno.</returns>
    internal async SimTask<(byte[]? Packet, int Error)> Receive(Ptr<PacketSocket> socket, long milliseconds)
    {
        using var frame = kernel.Enter("packet_recvmsg");
        var expired = false;
        var timer = new Timer(kernel.Scheduler, "process_timeout", () =>
        {
            expired = true;
            socket.Read().Waiting.WakeUp();
            return SimTask.Done;
        });
        (byte[]? Packet, int Error) result = (null, 0);
        while (true)
        {
            var ticket = socket.Read().Waiting.Prepare();
            if (socket.Read().Received.TryDequeue(out var skb))
            {
                result = (skb.Read().Bytes, 0);
                net.FreeSkb(skb);
            }
            else
            {
                result.Error = TakeError(socket);
                if (result.Error == 0 && expired) result.Error = -Errno.EAGAIN;
            }
            if (result.Packet is not null || result.Error != 0) break;
            if (!timer.IsPending) timer.Start(milliseconds);
            await socket.Read().Waiting.Sleep(ticket);
        }
        timer.Stop();
        return result;
    }

    /// <summary>Models sock_alloc_send_pskb() up to the allocation.</summary>
    private async SimTask<int> AwaitRoom(Ptr<PacketSocket> socket)
    {
        using var frame = kernel.Enter("sock_alloc_send_pskb");
        while (true)
        {
            var ticket = socket.Read().Waiting.Prepare();
            if (TakeError(socket) is var error and not 0) return error;
            if (socket.Read().IsShut) return -Errno.EPIPE;
            if (socket.Read().InFlight < SendBuffer) return 0;
            if (await socket.Read().Waiting.SleepInterruptible(ticket) is var killed and not 0) return killed;
        }
    }

    private static int TakeError(Ptr<PacketSocket> socket)
    {
        var error = socket.Read().Error;
        if (error != 0) socket.Write().Error = 0;
        return -error;
    }

    private void Unhook(Ptr<PacketSocket> socket)
    {
        var dev = socket.Read().Device;
        if (dev.IsNull) return;
        socket.Write().Device = Ptr<NetDevice>.Null;
        net.Put(dev);
    }
}
