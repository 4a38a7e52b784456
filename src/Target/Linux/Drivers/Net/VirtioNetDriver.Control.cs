using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Net.VirtioNetAbi;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <content>Control commands; who sends one polls for the answer.</content>
public sealed partial class VirtioNetDriver
{
    private const uint EmptyTableSize = 4;

    /// <summary>Models virtnet_set_rx_mode(): with a spinlock held.</summary>
    public async SimTask SetRxMode(Ptr<NetDevice> dev)
    {
        using var frame = kernel.Enter("virtnet_set_rx_mode");
        var vi = dev.As<VirtnetInfo>();
        if (!vi.Read().Vdev.Read().HasFeature(Abi.ControlRx)) return;
        var data = vi.Read().Control.Read().Data;
        kernel.Memory.Write16(data, 0);
        if (!await SendCommand(vi, Abi.ClassRx, Abi.RxPromiscuous, new Scatterlist(data, 1)))
            kernel.Log("Failed to disable promisc mode.");
        if (!await SendCommand(vi, Abi.ClassRx, Abi.RxAllMulticast, new Scatterlist(data + 1, 1)))
            kernel.Log("Failed to disable allmulti mode.");
        if (kernel.Faults.Fails(AllocationKind.Heap)) return;
        // Two lists of addresses, both empty: without protocols nobody asks for more than our own.
        var table = kernel.Memory.Allocate(2 * EmptyTableSize, "MAC filter table", GuestMemory.Granule);
        if (table == 0) return;
        var lists = new[] { new Scatterlist(table, EmptyTableSize), new Scatterlist(table + EmptyTableSize, EmptyTableSize) };
        if (!await SendCommand(vi, Abi.ClassMac, Abi.MacTableSet, lists)) kernel.Log("Failed to set MAC filter table.");
        kernel.Memory.Free(table);
    }

    /// <summary>Models virtnet_ack_link_announce().</summary>
    private async SimTask AckAnnounce(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("virtnet_ack_link_announce");
        await net.RtnlLock();
        if (!await SendCommand(vi, Abi.ClassAnnounce, Abi.AnnounceAck)) kernel.Log("Failed to ack link announce.");
        await net.RtnlUnlock();
    }

    /// <summary>Models virtnet_send_command(), rtnl held: spins until the device answered, or its queue is broken.</summary>
    /// <returns>Whether the device said that it did it.</returns>
    private async SimTask<bool> SendCommand(Ptr<VirtnetInfo> vi, byte group, byte command, params Scatterlist[] data)
    {
        using var frame = kernel.Enter("virtnet_send_command");
        var control = vi.Read().Control.Read();
        kernel.Memory.Write8(control.Status, 0xff);
        kernel.Memory.Write8(control.Header, group);
        kernel.Memory.Write8(control.Header + 1, command);
        var parts = new Scatterlist[data.Length + 1];
        parts[0] = new Scatterlist(control.Header, 2);
        data.CopyTo(parts, 1);
        var vq = vi.Read().ControlVq;
        if (virtio.Ring.AddSgs(vq, parts, [new Scatterlist(control.Status, 1)], vi.As<HeapObject>()) < 0) return false;
        await kernel.Point;
        if (virtio.Ring.Kick(vq))
        {
            await kernel.Point;
            while (virtio.Ring.GetBuf(vi.Read().ControlVq, out _).IsNull && !virtio.Ring.IsBroken(vi.Read().ControlVq))
                await kernel.Scheduler.Relax;
        }
        return kernel.Memory.Read8(vi.Read().Control.Read().Status) == Abi.Ok;
    }
}
