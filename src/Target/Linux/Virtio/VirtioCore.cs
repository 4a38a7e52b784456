using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>Devices on the virtio bus (drivers/virtio/virtio.c), without VIRTIO_HARDEN_NOTIFICATION, which is off by default.</summary>
/// <remarks>Has no drivers of its own: they register on <see cref="Bus"/>.</remarks>
public sealed class VirtioCore
{
    private readonly Ida indices;

    /// <summary>Registers the bus (virtio_init).</summary>
    /// <param name="kernel">The guest.</param>
    public VirtioCore(GuestKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Kernel = kernel;
        Bus = new VirtioBus(kernel, this);
        Ring = new VirtioRing(kernel);
        indices = new Ida(kernel.World, "virtio_index_ida");
    }

    /// <summary>The guest.</summary>
    public GuestKernel Kernel { get; }

    /// <summary>Who observes devices and queues, or null.</summary>
    public IVirtioWatch? Watch
    {
        get => Ring.Watch;
        set => Ring.Watch = value;
    }

    /// <summary>The virtio bus.</summary>
    public VirtioBus Bus { get; }

    /// <summary>The virtqueues.</summary>
    public VirtioRing Ring { get; }

    /// <summary>Models register_virtio_driver() within its caller: devices that are there already are not probed.</summary>
    public void RegisterDriver(VirtioDriver driver) => Bus.Drivers.Add(driver);

    /// <summary>Models register_virtio_device(): resets the device, acknowledges it and lets drivers probe it.</summary>
    /// <returns>0 or a negative errno; then the caller puts the device.</returns>
    public async SimTask<int> RegisterVirtioDevice(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("register_virtio_device");
        vdev.Write().Bus = Bus;
        Kernel.Core.Initialize(vdev.As<Device>());
        var device = vdev.Write();
        device.Index = indices.Allocate();
        device.Name = $"virtio{device.Index}";
        device.ConfigEnabled = device.ConfigChangePending = false;
        await ResetDevice(vdev);
        await AddStatus(vdev, VirtioStatus.Acknowledge);
        var result = await Kernel.Core.Add(vdev.As<Device>());
        if (result == 0) return 0;
        indices.Free(vdev.Read().Index);
        await AddStatus(vdev, VirtioStatus.Failed);
        return result;
    }

    /// <summary>Models unregister_virtio_device(): afterwards the structure may be gone.</summary>
    public async SimTask UnregisterVirtioDevice(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("unregister_virtio_device");
        var index = vdev.Read().Index;
        await Kernel.Core.Unregister(vdev.As<Device>());
        indices.Free(index);
    }

    /// <summary>Models virtio_config_changed(): called from the transport's interrupt handler.</summary>
    public async SimTask ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_config_changed");
        await vdev.Read().ConfigLock.LockIrqSave();
        await DeliverConfigChange(vdev);
        await vdev.Read().ConfigLock.UnlockIrqRestore();
    }

    /// <summary>Models virtio_break_device(): nothing is tried on its queues any more.</summary>
    public async SimTask BreakDevice(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_break_device");
        await vdev.Read().VqsListLock.LockIrqSave();
        foreach (var vq in vdev.Read().Vqs) Ring.Break(vq);
        await vdev.Read().VqsListLock.UnlockIrqRestore();
    }

    /// <summary>Models virtio_add_status(): reads the status byte and writes it with more bits.</summary>
    public async SimTask AddStatus(Ptr<VirtioDevice> vdev, byte status)
    {
        using var frame = Kernel.Enter("virtio_add_status");
        var old = await vdev.Read().Config.GetStatus(vdev);
        await Kernel.Point;
        await vdev.Read().Config.SetStatus(vdev, (byte)(old | status));
    }

    /// <summary>Models virtio_reset_device(): without hardening it does not wait for callbacks that run.</summary>
    public async SimTask ResetDevice(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_reset_device");
        if (Kernel.Variant.Has(Remedies.LostBuffers)) await LostBuffers.AllowCallbacks(vdev, false);
        if (Kernel.Variant.Has(Defects.Harden)) { await BreakDevice(vdev); await vdev.Read().Config.SynchronizeCbs(vdev); }
        await vdev.Read().Config.Reset(vdev);
    }

    /// <summary>Models virtio_device_ready(): the driver may use its queues from here on.</summary>
    public async SimTask DeviceReady(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_device_ready");
        var status = await vdev.Read().Config.GetStatus(vdev);
        if ((status & VirtioStatus.DriverOk) != 0) Kernel.Log($"WARNING: {vdev.Read().Name} is ready already");
        vdev.Write().IsReady = true;
        if (Kernel.Variant.Has(Defects.Harden)) await UnbreakDevice(vdev);
        await Kernel.Point;
        await vdev.Read().Config.SetStatus(vdev, (byte)(status | VirtioStatus.DriverOk));
        if (Kernel.Variant.Has(Remedies.LostBuffers)) await LostBuffers.AllowCallbacks(vdev, true);
    }

    /// <summary>Models virtio_dev_shutdown(): stops all accesses to and from a device that has a driver.</summary>
    public async SimTask Shutdown(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_dev_shutdown");
        if (vdev.Read().Driver is null) return;
        if (Kernel.Variant.Has(Remedies.ResetFirst)) await vdev.Read().Config.Reset(vdev);
        await BreakDevice(vdev);
        await vdev.Read().Config.SynchronizeCbs(vdev);
        if (!Kernel.Variant.Has(Remedies.ResetFirst)) await vdev.Read().Config.Reset(vdev);
    }

    /// <summary>Models status_show(): reading the attribute 'status' of a device.</summary>
    /// <returns>The status byte, or -ENODEV if the attribute is gone.</returns>
    public async SimTask<int> StatusShow(Ptr<VirtioDevice> vdev)
    {
        if (!Kernel.Core.EnterSysfs(vdev.As<Device>())) return -Errno.ENODEV;
        using var frame = Kernel.Enter("status_show");
        int status = await vdev.Read().Config.GetStatus(vdev);
        Kernel.Core.LeaveSysfs(vdev.As<Device>());
        return status;
    }

    /// <summary>Reads the attribute 'status' of the device with this name on the transport's bus, as a process would.</summary>
    /// <returns>The status byte, -ENOENT if there is no such device, or -ENODEV if it went away.</returns>
    public async SimTask<int> ReadStatus(string busName)
    {
        foreach (var device in Bus.Devices)
        {
            var vdev = device.As<VirtioDevice>();
            if (vdev.Read().Config.BusName(vdev) == busName) return await StatusShow(vdev);
        }
        return -Errno.ENOENT;
    }

    /// <summary>Models virtio_config_disable(): changes are kept for later; waits only for a delivery in progress.</summary>
    internal async SimTask ConfigDisable(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_config_disable");
        await vdev.Read().ConfigLock.LockIrqSave();
        vdev.Write().ConfigEnabled = false;
        await vdev.Read().ConfigLock.UnlockIrqRestore();
    }

    /// <summary>Models virtio_config_enable(): delivers a change that came too early.</summary>
    internal async SimTask ConfigEnable(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("virtio_config_enable");
        await vdev.Read().ConfigLock.LockIrqSave();
        vdev.Write().ConfigEnabled = true;
        if (vdev.Read().ConfigChangePending) await DeliverConfigChange(vdev);
        vdev.Write().ConfigChangePending = false;
        await vdev.Read().ConfigLock.UnlockIrqRestore();
    }

    /// <summary>Models __virtio_unbreak_device() with the wait before it, which only a hardened virtio core has.</summary>
    private async SimTask UnbreakDevice(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("__virtio_unbreak_device");
        await vdev.Read().Config.SynchronizeCbs(vdev);
        await vdev.Read().VqsListLock.LockIrqSave();
        foreach (var vq in vdev.Read().Vqs) vq.Write().Broken = false;
        await vdev.Read().VqsListLock.UnlockIrqRestore();
    }

    /// <summary>Models __virtio_config_changed(): tells the driver now, or remembers the change for later.</summary>
    private async SimTask DeliverConfigChange(Ptr<VirtioDevice> vdev)
    {
        using var frame = Kernel.Enter("__virtio_config_changed");
        var device = vdev.Read();
        if (!device.ConfigEnabled)
        {
            vdev.Write().ConfigChangePending = true;
        }
        else if (device.Driver is VirtioDriver driver)
        {
            Watch?.ConfigChanged(vdev);
            await driver.ConfigChanged(vdev);
        }
    }
}
