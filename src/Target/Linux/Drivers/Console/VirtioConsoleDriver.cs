using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Drivers.Console;

/// <summary>The driver for virtio consoles and serial ports (drivers/char/virtio_console.c): binding and unbinding.</summary>
/// <remarks>Left out: debugfs, SIGIO, splice, names and sizes of ports, which no host here sets, early output, suspend.</remarks>
public sealed partial class VirtioConsoleDriver : VirtioDriver
{
    private readonly GuestKernel kernel;
    private readonly VirtioCore virtio;
    private readonly DeviceNodes nodes;
    private readonly HvcConsole hvc;
    private readonly CharDevices charDevices;
    private readonly List<Ptr<PortsDevice>> portdevs = [];
    private readonly SpinLock pdrvdataLock;

    /// <summary>Loads the driver (virtio_console_init).</summary>
    /// <param name="kernel">The guest.</param>
    /// <param name="virtio">The virtio bus.</param>
    /// <param name="nodes">The nodes in /dev.</param>
    /// <param name="hvc">The consoles.</param>
    public VirtioConsoleDriver(GuestKernel kernel, VirtioCore virtio, DeviceNodes nodes, HvcConsole hvc)
        : base("virtio_console", ConsoleAbi.DeviceId)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        (this.kernel, this.virtio, this.nodes, this.hvc) = (kernel, virtio, nodes, hvc);
        charDevices = new CharDevices(kernel);
        pdrvdataLock = new SpinLock(kernel.World, "pdrvdata_lock");
    }

    /// <inheritdoc/>
    public override ulong KnownFeatures => 1UL << ConsoleAbi.Size | 1UL << ConsoleAbi.Multiport;

    /// <summary>Models virtcons_probe(); ports come later, when the host was told that the driver is ready.</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtcons_probe");
        var portdev = kernel.Allocate(new PortsDevice(kernel.World) { Vdev = vdev });
        if (portdev.IsNull) return -Errno.ENOMEM;
        portdev.Write().ControlPacket = kernel.Memory.Allocate(ConsoleAbi.MessageSize, "cpkt of struct ports_device", GuestMemory.Granule);
        vdev.Write().Private = portdev.As<HeapObject>();
        portdev.Write().Major = charDevices.Register();
        var result = await ReadMaxPorts(portdev);
        if (result != 0)
        {
            // The kernel forgets the major number here.
            FreePortdev(portdev);
            return result;
        }
        portdev.Write().ConfigWork = new SystemWork(kernel.World, "config_work_handler", () => ConfigWork(portdev));
        portdev.Write().ControlWork = new SystemWork(kernel.World, "control_work_handler", () => ControlWork(portdev));
        result = await InitQueues(portdev);
        if (result < 0)
        {
            charDevices.Unregister(portdev.Read().Major);
            FreePortdev(portdev);
            return result;
        }
        await virtio.DeviceReady(vdev);
        await kernel.Point;
        return await AnnounceDriver(vdev, portdev);
    }

    /// <summary>Models virtcons_remove(): ports that are open lose their device, and stay until they are closed.</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtcons_remove");
        var portdev = vdev.Read().Private.As<PortsDevice>();
        await pdrvdataLock.LockIrqSave();
        portdevs.Remove(portdev);
        await pdrvdataLock.UnlockIrqRestore();
        await virtio.BreakDevice(vdev);
        var work = UseMultiport(portdev) ? portdev.Read().ControlWork : portdev.Read().ConfigWork;
        await work.Flush();
        await kernel.Point;
        if (!kernel.Variant.Has(Defects.DelVqsBeforeReset)) await virtio.ResetDevice(vdev);
        await kernel.Point;
        work = UseMultiport(portdev) ? portdev.Read().ControlWork : portdev.Read().ConfigWork;
        await work.CancelSync();
        await kernel.Point;
        while (portdev.Read().Ports.Count > 0) await UnplugPort(portdev.Read().Ports[0]);
        charDevices.Unregister(portdev.Read().Major);
        await RemoveQueues(portdev);
        if (kernel.Variant.Has(Defects.DelVqsBeforeReset)) { await virtio.ResetDevice(vdev); await work.CancelSync(); }
        FreePortdev(portdev);
    }

    /// <summary>Models config_intr(): in the interrupt handler; with control queues it has nothing to do.</summary>
    public override SimTask ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("config_intr");
        var portdev = vdev.Read().Private.As<PortsDevice>();
        if (!UseMultiport(portdev)) portdev.Read().ConfigWork.Schedule();
        return SimTask.Done;
    }

    /// <summary>The rest of probe: leaves buffers for control messages, and says that the driver is ready.</summary>
    private async SimTask<int> AnnounceDriver(Ptr<VirtioDevice> vdev, Ptr<PortsDevice> portdev)
    {
        if (UseMultiport(portdev))
        {
            var result = await FillQueue(portdev.Read().ControlIn, portdev.Read().ControlInLock);
            if (result < 0)
            {
                await SendControlMessage(portdev, ConsoleAbi.BadId, ControlEvent.DeviceReady, 0);
                await Remove(vdev);
                return result;
            }
        }
        else
        {
            await AddPort(portdev, 0);
        }
        await pdrvdataLock.LockIrqSave();
        portdevs.Add(portdev);
        await pdrvdataLock.UnlockIrqRestore();
        await SendControlMessage(portdev, ConsoleAbi.BadId, ControlEvent.DeviceReady, 1);
        return 0;
    }

    private static async SimTask<int> ReadMaxPorts(Ptr<PortsDevice> portdev)
    {
        var ports = await ConfigSpace.Read(portdev.Read().Vdev, ConsoleAbi.Multiport, offset: 4, size: 4);
        if (ports is not { } count) return 0;
        portdev.Write().MaxPorts = (uint)count;
        return count is 0 or > ConsoleAbi.MaxPorts ? -Errno.EINVAL : 0;
    }

    /// <summary>Models use_multiport() within its caller.</summary>
    private static bool UseMultiport(Ptr<PortsDevice> portdev) => portdev.Read().Vdev.Read().HasFeature(ConsoleAbi.Multiport);

    /// <summary>Models init_vqs(): two queues a port; those of the control messages lie behind those of port 0.</summary>
    private async SimTask<int> InitQueues(Ptr<PortsDevice> portdev)
    {
        using var frame = kernel.Enter("init_vqs");
        var ports = portdev.Read().MaxPorts;
        var count = UseMultiport(portdev) ? ((int)ports + 1) * 2 : 2;
        var failed = false;
        for (var i = 0; i < 3; i++) failed |= kernel.Faults.Fails(AllocationKind.Heap); // vqs, io_callbacks, io_names
        var (inVqs, outVqs) = (kernel.Allocate(new VirtqueueArray(ports)), kernel.Allocate(new VirtqueueArray(ports)));
        (portdev.Write().InVqs, portdev.Write().OutVqs) = (inVqs, outVqs);
        var result = -Errno.ENOMEM;
        if (!failed && !inVqs.IsNull && !outVqs.IsNull)
        {
            var vqs = new Ptr<Virtqueue>[count];
            result = await FindQueues(portdev, vqs);
            if (result == 0)
            {
                Distribute(portdev, vqs);
                return 0;
            }
        }
        kernel.Heap.Free(portdev.Read().OutVqs);
        kernel.Heap.Free(portdev.Read().InVqs);
        return result;
    }

    private SimTask<int> FindQueues(Ptr<PortsDevice> portdev, Ptr<Virtqueue>[] vqs)
    {
        var callbacks = new Func<Ptr<Virtqueue>, SimTask>?[vqs.Length];
        var names = new string?[vqs.Length];
        Func<Ptr<Virtqueue>, SimTask> input = InInterrupt, output = OutInterrupt;
        for (var i = 0; i < vqs.Length; i += 2)
        {
            (callbacks[i], names[i]) = (input, "input");
            (callbacks[i + 1], names[i + 1]) = (output, "output");
        }
        if (vqs.Length > 2)
        {
            (callbacks[2], names[2]) = (ControlInterrupt, "control-i");
            (callbacks[3], names[3]) = (null, "control-o");
        }
        var vdev = portdev.Read().Vdev;
        return vdev.Read().Config.FindVqs(vdev, vqs.Length, vqs, callbacks, names);
    }

    private static void Distribute(Ptr<PortsDevice> portdev, Ptr<Virtqueue>[] vqs)
    {
        var (inVqs, outVqs) = (portdev.Read().InVqs.Write().Vq, portdev.Read().OutVqs.Write().Vq);
        (inVqs[0], outVqs[0]) = (vqs[0], vqs[1]);
        if (vqs.Length == 2) return;
        (portdev.Write().ControlIn, portdev.Write().ControlOut) = (vqs[2], vqs[3]);
        for (var i = 1; i < inVqs.Length; i++) (inVqs[i], outVqs[i]) = (vqs[2 + (2 * i)], vqs[3 + (2 * i)]);
    }

    /// <summary>Models remove_vqs(): what is in the queues is freed, then the queues.</summary>
    private async SimTask RemoveQueues(Ptr<PortsDevice> portdev)
    {
        using var frame = kernel.Enter("remove_vqs");
        var multiport = UseMultiport(portdev);
        var vdev = portdev.Read().Vdev;
        for (var i = 0; i < vdev.Read().Vqs.Count; i++)
        {
            var vq = vdev.Read().Vqs[i];
            if (multiport && vq == portdev.Read().ControlOut)
            {
                await portdev.Read().ControlOutLock.LockIrqSave();
                for (var buf = virtio.Ring.GetBuf(vq, out _); !buf.IsNull; buf = virtio.Ring.GetBuf(vq, out _)) FreeControlMessage(buf);
                for (var buf = virtio.Ring.DetachUnusedBuf(vq); !buf.IsNull; buf = virtio.Ring.DetachUnusedBuf(vq)) FreeControlMessage(buf);
                await portdev.Read().ControlOutLock.UnlockIrqRestore();
            }
            else
            {
                FlushBuffers(vq);
                for (var buf = virtio.Ring.DetachUnusedBuf(vq); !buf.IsNull; buf = virtio.Ring.DetachUnusedBuf(vq)) FreeBuffer(buf);
            }
            await kernel.Point;
        }
        await vdev.Read().Config.DelVqs(vdev);
        await kernel.Point;
        kernel.Heap.Free(portdev.Read().InVqs);
        kernel.Heap.Free(portdev.Read().OutVqs);
    }

    private void FreePortdev(Ptr<PortsDevice> portdev)
    {
        kernel.Memory.Free(portdev.Read().ControlPacket);
        kernel.Heap.Free(portdev);
    }
}
