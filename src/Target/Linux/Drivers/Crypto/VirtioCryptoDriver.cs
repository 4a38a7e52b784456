using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Crypto.VirtioCryptoAbi;

namespace CcwFuzz.Target.Linux.Drivers.Crypto;

/// <summary>The driver for virtio crypto devices (drivers/crypto/virtio/virtio_crypto_core.c): binding and unbinding.</summary>
/// <remarks>
/// The driver's RSA is left out (virtio_crypto_akcipher_algs.c): it is registered with the cipher, and a key for it is one more control
/// request of the kind that a session is.
/// </remarks>
public sealed class VirtioCryptoDriver : VirtioDriver
{
    private readonly GuestKernel kernel;
    private readonly VirtioCore virtio;
    private readonly DeviceNodes nodes;
    private readonly CryptoEngines engines;
    private readonly VirtioCryptoManager manager;
    private readonly VirtioCryptoSessions sessions;
    private readonly VirtioCryptoRequests requests;
    private readonly VirtioCryptoSkcipher skcipher;
    private readonly AlgSockets sockets;

    /// <summary>Sets up the driver with the crypto API, which no other driver here uses.</summary>
    /// <param name="kernel">The guest.</param>
    /// <param name="virtio">The virtio bus.</param>
    /// <param name="nodes">The nodes in /dev.</param>
    public VirtioCryptoDriver(GuestKernel kernel, VirtioCore virtio, DeviceNodes nodes) : base("virtio_crypto", Abi.DeviceId)
    {
        ArgumentNullException.ThrowIfNull(virtio);
        this.kernel = kernel;
        this.virtio = virtio;
        this.nodes = nodes;
        var api = new CryptoApi(kernel);
        engines = new CryptoEngines(kernel);
        manager = new VirtioCryptoManager(kernel);
        sessions = new VirtioCryptoSessions(kernel, virtio.Ring);
        requests = new VirtioCryptoRequests(kernel, virtio.Ring, engines);
        skcipher = new VirtioCryptoSkcipher(kernel, api, manager, sessions, requests);
        sockets = new AlgSockets(kernel, api);
    }

    /// <summary>Models virtcrypto_probe().</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtcrypto_probe");
        if (!vdev.Read().HasFeature(VirtioFeature.Version1)) return -Errno.ENODEV;
        var vcrypto = kernel.Allocate(new VirtioCrypto(kernel.World));
        if (vcrypto.IsNull) return -Errno.ENOMEM;
        await ReadConfig(vdev, vcrypto);
        await manager.AddDevice(vcrypto);
        vdev.Write().Private = vcrypto.As<HeapObject>();
        vcrypto.Write().Vdev = vdev;
        var result = await InitQueues(vcrypto);
        if (result == 0)
        {
            var engine = vcrypto.Read().DataVq.Read().Engine;
            result = await engines.Start(engine);
            if (result == 0)
            {
                await virtio.DeviceReady(vdev);
                await kernel.Point;
                result = await UpdateStatus(vcrypto);
                if (result == 0) return Finish(vdev, vcrypto);
                if (kernel.Variant.Has(Remedies.CryptoUsers)) await CryptoUsers.Retire(manager, vcrypto);
                if (kernel.Variant.Has(Remedies.EndCrypto)) await EndCrypto.EndRequests(virtio, requests, vcrypto);
                await engines.Exit(engine);
            }
            await virtio.ResetDevice(vdev);
            await DelQueues(vcrypto);
        }
        await manager.RemoveDevice(vcrypto);
        Free(vcrypto);
        return result;
    }

    /// <summary>Models virtcrypto_remove(): nobody looks whether the device is used.</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtcrypto_remove");
        var vcrypto = vdev.Read().Private.As<VirtioCrypto>();
        nodes.Remove(vcrypto.Read().Node);
        await vcrypto.Read().ConfigWork!.Flush();
        if (VirtioCryptoManager.IsStarted(vcrypto)) await Stop(vcrypto);
        if (kernel.Variant.Has(Remedies.CryptoUsers)) await CryptoUsers.Retire(manager, vcrypto);
        var dataVq = vcrypto.Read().DataVq;
        await dataVq.Read().DoneTask.Kill();
        if (kernel.Variant.Has(Remedies.EndCrypto)) await EndCrypto.EndRequests(virtio, requests, vcrypto);
        await virtio.ResetDevice(vdev);
        await kernel.Point;
        requests.FreeUnused(dataVq);
        await kernel.Point;
        await engines.Exit(dataVq.Read().Engine);
        await DelQueues(vcrypto);
        await manager.RemoveDevice(vcrypto);
        Free(vcrypto);
    }

    /// <inheritdoc/>
    public override bool ActsOnConfigChange => true;

    /// <summary>Models virtcrypto_config_changed(): in the interrupt handler, so the work is left to a worker.</summary>
    public override SimTask ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtcrypto_config_changed");
        vdev.Read().Private.As<VirtioCrypto>().Read().ConfigWork!.Schedule();
        return SimTask.Done;
    }

    private int Finish(Ptr<VirtioDevice> vdev, Ptr<VirtioCrypto> vcrypto)
    {
        vcrypto.Write().ConfigWork = new SystemWork(kernel.World, "vcrypto_config_changed_work", () => ConfigChangedWork(vcrypto));
        var busId = vdev.Read().Config.BusName(vdev);
        const string Name = VirtioCryptoSkcipher.DriverName;
        vcrypto.Write().Node = nodes.Add(busId, "AF_ALG " + Name, () => sockets.Open(Name));
        return 0;
    }

    /// <summary>Reads what the host can do, in the order of the driver; RSA only if the host has it.</summary>
    private static async SimTask ReadConfig(Ptr<VirtioDevice> vdev, Ptr<VirtioCrypto> vcrypto)
    {
        await ConfigSpace.ReadLittle32(vdev, Abi.MaxDataQueuesOffset);
        vcrypto.Write().MaxCipherKey = await ConfigSpace.ReadLittle32(vdev, Abi.MaxCipherKeyOffset);
        await ConfigSpace.ReadLittle32(vdev, Abi.MaxAuthKeyOffset);
        vcrypto.Write().MaxSize = await ConfigSpace.Read(vdev, Abi.MaxSizeOffset, size: 8);
        vcrypto.Write().Services = await ConfigSpace.ReadLittle32(vdev, Abi.ServicesOffset);
        vcrypto.Write().CipherAlgorithms = await ConfigSpace.ReadLittle32(vdev, Abi.CipherLowOffset);
        await ConfigSpace.ReadLittle32(vdev, Abi.CipherHighOffset);
        await ConfigSpace.ReadLittle32(vdev, Abi.HashOffset);
        await ConfigSpace.ReadLittle32(vdev, Abi.MacLowOffset);
        await ConfigSpace.ReadLittle32(vdev, Abi.MacHighOffset);
        await ConfigSpace.ReadLittle32(vdev, Abi.AeadOffset);
        if ((vcrypto.Read().Services >> Abi.ServiceAkcipher & 1) != 0) await ConfigSpace.ReadLittle32(vdev, Abi.AkcipherOffset);
    }

    /// <summary>Models virtcrypto_find_vqs() with virtcrypto_init_vqs(): without an engine the virtqueues stay.</summary>
    private async SimTask<int> InitQueues(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_find_vqs");
        var vdev = vcrypto.Read().Vdev;
        var dataVq = kernel.Allocate(new DataQueue(kernel.World));
        vcrypto.Write().DataVq = dataVq;
        if (dataVq.IsNull) return -Errno.ENOMEM;
        var vqs = new Ptr<Virtqueue>[2];
        var isShort = kernel.Faults.Fails(AllocationKind.Heap) // the arrays for queues, callbacks and names
            || kernel.Faults.Fails(AllocationKind.Heap) || kernel.Faults.Fails(AllocationKind.Heap);
        var result = isShort
            ? -Errno.ENOMEM
            : await vdev.Read().Config.FindVqs(vdev, 2, vqs, [requests.DataDone, sessions.ControlDone], ["dataq.0", "controlq"]);
        if (result == 0)
        {
            vcrypto.Write().CtrlVq = vqs[1];
            dataVq.Write().Vq = vqs[0];
            dataVq.Write().Engine = engines.AllocInitAndSet(vdev.As<Device>());
            dataVq.Write().DoneTask = new Tasklet(kernel.World, "virtcrypto_done_task", () => requests.DoneTask(dataVq));
            if (!dataVq.Read().Engine.IsNull) return 0;
            result = -Errno.ENOMEM;
            if (kernel.Variant.Has(Remedies.CryptoQueues)) await vdev.Read().Config.DelVqs(vdev);
        }
        kernel.Heap.Free(dataVq);
        return result;
    }

    /// <summary>Models virtcrypto_update_status(): what the host says of itself is acted upon.</summary>
    private async SimTask<int> UpdateStatus(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_update_status");
        var status = await ConfigSpace.ReadLittle32(vcrypto.Read().Vdev, Abi.StatusOffset);
        if ((status & ~Abi.HardwareReady) != 0)
        {
            await virtio.BreakDevice(vcrypto.Read().Vdev);
            return -Abi.EPERM;
        }
        if (vcrypto.Read().Status == status) return 0;
        vcrypto.Write().Status = status;
        await kernel.Point;
        if (!VirtioCryptoManager.IsStarted(vcrypto)) await Stop(vcrypto);
        else if (await Start(vcrypto) != 0) return -Abi.EPERM;
        return 0;
    }

    /// <summary>Models virtcrypto_dev_start().</summary>
    private async SimTask<int> Start(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_dev_start");
        return await skcipher.Register(vcrypto) == 0 ? 0 : -Errno.EFAULT;
    }

    /// <summary>Models virtcrypto_dev_stop().</summary>
    private async SimTask Stop(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_dev_stop");
        await skcipher.Unregister(vcrypto);
    }

    private async SimTask ConfigChangedWork(Ptr<VirtioCrypto> vcrypto) => await UpdateStatus(vcrypto);

    /// <summary>Models virtcrypto_del_vqs().</summary>
    private async SimTask DelQueues(Ptr<VirtioCrypto> vcrypto)
    {
        using var frame = kernel.Enter("virtcrypto_del_vqs");
        var vdev = vcrypto.Read().Vdev;
        await vdev.Read().Config.DelVqs(vdev);
        kernel.Heap.Free(vcrypto.Read().DataVq);
    }

    private void Free(Ptr<VirtioCrypto> vcrypto)
    {
        if (vcrypto.Read().IsRetired) manager.Put(vcrypto);
        else kernel.Heap.Free(vcrypto);
    }
}
