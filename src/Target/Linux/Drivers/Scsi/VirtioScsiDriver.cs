using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Scsi.VirtioScsiAbi;

namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>The driver for virtio SCSI hosts (drivers/scsi/virtio_scsi.c): binding and unbinding.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
/// <param name="scsi">The midlayer.</param>
/// <param name="blkMq">Requests.</param>
public sealed partial class VirtioScsiDriver(GuestKernel kernel, VirtioCore virtio, ScsiMidlayer scsi, BlkMq blkMq)
    : VirtioDriver("virtio_scsi", Abi.DeviceId), IScsiHostTemplate
{
    private const int MaxQueues = 2;

    /// <inheritdoc/>
    public override ulong KnownFeatures => 1UL << Abi.HotPlug | 1UL << Abi.Change;

    /// <summary>Models virtscsi_probe(); the order of the accesses to the device is the recorded one.</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtscsi_probe");
        var queues = (uint)Math.Clamp(await ConfigSpace.Read(vdev, offset: 0, size: 4), 1, MaxQueues);
        var targets = await ConfigSpace.Read(vdev, offset: 30, size: 2) + 1;
        var host = scsi.AllocateHost(this, Abi.CommandSize, "struct virtio_scsi_cmd", vdev.Read().Config.BusName(vdev));
        if (host.IsNull) return -Errno.ENOMEM;
        await ConfigSpace.Read(vdev, offset: 4, size: 4);
        var vscsi = AllocatePrivate(vdev, queues);
        host.Write().Private = vscsi.As<HeapObject>();
        vdev.Write().Private = host.As<HeapObject>();
        var result = await Init(vdev, vscsi);
        if (result == 0)
        {
            host.Write().CanQueue = (int)vscsi.Read().Requests[0].Vq.Read().Num;
            await ConfigSpace.Read(vdev, offset: 12, size: 4);
            await ConfigSpace.Read(vdev, offset: 8, size: 4);
            await ConfigSpace.Read(vdev, offset: 32, size: 4);
            host.Write().MaxId = targets;
            result = await scsi.AddHost(host, vdev.As<Device>());
            // Nothing reset the device, which still has the queues.
            if (result != 0) await vdev.Read().Config.DelVqs(vdev);
        }
        if (result != 0)
        {
            await scsi.PutHost(host);
            return result;
        }
        await virtio.DeviceReady(vdev);
        await kernel.Point;
        if (vdev.Read().HasFeature(Abi.HotPlug)) await KickAllEvents(vscsi);
        await scsi.ScanHost(host);
        return 0;
    }

    /// <summary>Models virtscsi_remove(): the host, and with it the virtio device, may outlive this.</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtscsi_remove");
        var host = vdev.Read().Private.As<ScsiHost>();
        if (vdev.Read().HasFeature(Abi.HotPlug)) await CancelEventWork(Private(host));
        await scsi.RemoveHost(host);
        await RemoveQueues(vdev);
        await scsi.PutHost(host);
    }

    /// <summary>The driver's part goes with the host.</summary>
    public void FreePrivate(Ptr<HeapObject> data)
    {
        if (data.IsNull) return;
        var vscsi = data.As<VirtioScsi>();
        foreach (var node in vscsi.Read().EventList) kernel.Heap.Free(node);
        kernel.Memory.Free(vscsi.Read().EventMemory);
        kernel.Heap.Free(vscsi);
    }

    private static Ptr<VirtioScsi> Private(Ptr<ScsiHost> host) => host.Read().Private.As<VirtioScsi>();

    /// <summary>Models what scsi_host_alloc() allocates for the driver in one piece with the host, within its caller.</summary>
    private Ptr<VirtioScsi> AllocatePrivate(Ptr<VirtioDevice> vdev, uint queues)
    {
        var vscsi = kernel.Heap.Allocate(new VirtioScsi { Vdev = vdev, NumQueues = queues });
        var target = vscsi.Write();
        const uint Size = VirtioScsi.EventCount * VirtioScsiEvent.Size;
        target.EventMemory = kernel.Memory.Allocate(Size, "virtio_scsi events", GuestMemory.Granule);
        for (var i = 0; i < VirtioScsi.EventCount; i++)
        {
            var node = kernel.Heap.Allocate(new VirtioScsiEvent { Event = target.EventMemory + ((uint)i * VirtioScsiEvent.Size) });
            node.Write().Work = new SystemWork(kernel.World, "virtscsi_handle_event", () => HandleEvent(vscsi, node));
            target.EventList[i] = node;
        }
        return vscsi;
    }

    /// <summary>Models virtscsi_init().</summary>
    private async SimTask<int> Init(Ptr<VirtioDevice> vdev, Ptr<VirtioScsi> vscsi)
    {
        using var frame = kernel.Enter("virtscsi_init");
        var count = (int)vscsi.Read().NumQueues + Abi.QueueBase;
        var vqs = new Ptr<Virtqueue>[count];
        var callbacks = new Func<Ptr<Virtqueue>, SimTask>?[count];
        var names = new string?[count];
        (callbacks[0], names[0]) = (ControlDone, "control");
        (callbacks[1], names[1]) = (EventDone, "event");
        for (var i = Abi.QueueBase; i < count; i++) (callbacks[i], names[i]) = (RequestDone, "request");
        var result = await vdev.Read().Config.FindVqs(vdev, count, vqs, callbacks, names);
        if (result != 0)
        {
            await RemoveQueues(vdev);
            return result;
        }
        var target = vscsi.Write();
        target.Control = new VirtioScsiVq(kernel.World, vqs[0]);
        target.Events = new VirtioScsiVq(kernel.World, vqs[1]);
        target.Requests = new VirtioScsiVq[target.NumQueues];
        for (var i = 0; i < target.Requests.Length; i++) target.Requests[i] = new VirtioScsiVq(kernel.World, vqs[i + Abi.QueueBase]);
        await ConfigSpace.Write32(vdev, offset: 24, Abi.CdbSize);
        await ConfigSpace.Write32(vdev, offset: 20, Abi.SenseSize);
        return 0;
    }

    /// <summary>Models virtscsi_remove_vqs().</summary>
    private async SimTask RemoveQueues(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtscsi_remove_vqs");
        await virtio.ResetDevice(vdev);
        await kernel.Point;
        await vdev.Read().Config.DelVqs(vdev);
        await kernel.Point;
    }
}
