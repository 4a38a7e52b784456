using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <content>Packets on their way to the driver and from it; the queueing discipline is a pfifo_fast.</content>
public sealed partial class NetCore
{
    /// <summary>Models alloc_skb() for a packet to be sent.</summary>
    /// <returns>NULL without memory.</returns>
    internal Ptr<SkBuff> AllocateSkb(Ptr<PacketSocket> socket, uint length)
    {
        using var frame = kernel.Enter("alloc_skb");
        if (kernel.Faults.Fails(AllocationKind.Heap)) return Ptr<SkBuff>.Null;
        var head = kernel.Memory.Allocate(SkBuff.Headroom + length, "data of struct sk_buff", GuestMemory.Granule);
        return head == 0 ? Ptr<SkBuff>.Null : kernel.Heap.Allocate(new SkBuff { Head = head, Length = length, Socket = socket });
    }

    /// <summary>Models consume_skb() and kfree_skb().</summary>
    internal void FreeSkb(Ptr<SkBuff> skb)
    {
        using var frame = kernel.Enter("consume_skb");
        var target = skb.Read();
        if (!target.Socket.IsNull) Sockets.WriteFree(target.Socket);
        if (target.Head != 0) kernel.Memory.Free(target.Head);
        kernel.Heap.Free(skb);
    }

    /// <summary>Models __dev_queue_xmit(): the packet goes to the driver now if possible.</summary>
    internal async SimTask QueueXmit(Ptr<SkBuff> skb, Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("__dev_queue_xmit");
        Rcu.ReadLockBh();
        await kernel.Point;
        if (dev.Read().IsQdiscActive)
        {
            dev.Write().Qdisc.AddLast(skb);
            await RunQdisc(dev);
        }
        else
        {
            FreeSkb(skb); // noop_enqueue(), or the discipline was deactivated
        }
        await Rcu.ReadUnlockBh();
    }

    /// <summary>Models netif_receive_skb(): from a softirq, to whoever listens.</summary>
    internal void Receive(Ptr<NetDevice> dev, byte[] packet)
    {
        using var frame = kernel.Enter("netif_receive_skb");
        var skb = kernel.Allocate(new SkBuff { Length = (uint)packet.Length, Bytes = packet });
        if (skb.IsNull) return;
        if (!Sockets.Deliver(skb, dev)) FreeSkb(skb);
    }

    /// <summary>Models netif_tx_stop_queue() within its caller.</summary>
    internal static void StopQueue(Ptr<NetDevice> dev) => dev.Write().IsStopped = true;

    /// <summary>Models netif_tx_wake_queue() within its caller: a softirq hands on what waits.</summary>
    internal void WakeQueue(Ptr<NetDevice> dev)
    {
        if (!dev.Read().IsStopped) return;
        dev.Write().IsStopped = false;
        if (dev.Read().IsQdiscActive) ScheduleQdisc(dev);
    }

    /// <summary>Models __netif_schedule().</summary>
    private void ScheduleQdisc(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("__netif_schedule");
        if (dev.Read().IsQdiscScheduled) return;
        dev.Write().IsQdiscScheduled = true;
        kernel.Scheduler.Raise(new PendingInterrupt { Class = InterruptClass.Net, Key = dev.Address });
    }

    /// <summary>Models net_tx_action(): sends what waits in the queueing discipline.</summary>
    private async SimTask NetTxAction(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("net_tx_action");
        dev.Write().IsQdiscScheduled = false;
        if (dev.Read().IsQdiscActive) await RunQdisc(dev);
        else qdiscIdle.WakeUp();
    }

    /// <summary>Models __qdisc_run() with qdisc_run() with sch_direct_xmit(): one runs it, others only leave their packets.</summary>
    private async SimTask RunQdisc(Ptr<NetDevice> dev)
    {
        if (dev.Read().IsQdiscRunning) return;
        using var frame = kernel.Enter("__qdisc_run");
        dev.Write().IsQdiscRunning = true;
        while (dev.Read().Qdisc.First is { } first && !dev.Read().IsStopped && dev.Read().IsQdiscActive)
        {
            dev.Write().Qdisc.RemoveFirst();
            await dev.Read().TxLock.LockBh();
            if (dev.Read().IsStopped) dev.Write().Qdisc.AddFirst(first); // dev_requeue_skb()
            else await dev.Read().Operations.StartXmit(first.Value, dev);
            await dev.Read().TxLock.UnlockBh();
        }
        dev.Write().IsQdiscRunning = false;
        qdiscIdle.WakeUp();
    }

    /// <summary>Models dev_reset_queue() within its caller: what waits is dropped.</summary>
    private void ResetQdisc(Ptr<NetDevice> dev)
    {
        while (dev.Read().Qdisc.First is { } first)
        {
            dev.Write().Qdisc.RemoveFirst();
            FreeSkb(first.Value);
        }
    }
}
