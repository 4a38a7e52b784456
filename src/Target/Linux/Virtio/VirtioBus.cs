using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Virtio;

/// <summary>The virtio bus (virtio_bus, drivers/virtio/virtio.c): matches by device type, negotiates, calls the driver.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="core">The rest of virtio.c.</param>
public sealed class VirtioBus(GuestKernel kernel, VirtioCore core) : BusType("virtio")
{
    /// <summary>Models virtio_dev_match() within its caller.</summary>
    public override bool Match(Ptr<Device> device, DeviceDriver driver) =>
        driver is VirtioDriver candidate && device.As<VirtioDevice>().Read().Id.Device == candidate.DeviceId;

    /// <summary>Models virtio_dev_probe(); the steps D1 to D10 of device-stack.md section 3.7.</summary>
    public override async SimTask<int> Probe(Ptr<Device> device)
    {
        using var frame = kernel.Enter("virtio_dev_probe");
        var vdev = device.As<VirtioDevice>();
        var driver = (VirtioDriver)vdev.Read().Driver!;
        vdev.Target!.DriverLife = DriverLife.Probing;
        vdev.Write().IsReady = false;
        await core.AddStatus(vdev, VirtioStatus.Driver);
        ChooseFeatures(vdev, driver, await vdev.Read().Config.GetFeatures(vdev));
        var result = await vdev.Read().Config.FinalizeFeatures(vdev);
        if (result == 0) result = await Validate(vdev, driver);
        if (result == 0) result = await FeaturesOk(vdev);
        if (result == 0) result = await driver.Probe(vdev);
        vdev.Target!.DriverLife = result == 0 ? DriverLife.Bound : DriverLife.None;
        if (result != 0)
        {
            await core.AddStatus(vdev, VirtioStatus.Failed);
            return result;
        }
        await kernel.Point;
        // A driver that needs its device during probe said so itself.
        if ((await vdev.Read().Config.GetStatus(vdev) & VirtioStatus.DriverOk) == 0) await core.DeviceReady(vdev);
        await kernel.Point;
        await driver.Scan(vdev);
        await core.ConfigEnable(vdev);
        return 0;
    }

    /// <summary>Models virtio_dev_remove(); the steps M1 to M4 of device-stack.md section 3.11.</summary>
    public override async SimTask Remove(Ptr<Device> device)
    {
        using var frame = kernel.Enter("virtio_dev_remove");
        var vdev = device.As<VirtioDevice>();
        var driver = (VirtioDriver)vdev.Read().Driver!;
        await core.ConfigDisable(vdev);
        vdev.Target!.DriverLife = DriverLife.Removing;
        await driver.Remove(vdev);
        vdev.Target!.DriverLife = DriverLife.None;
        await kernel.Point;
        var status = await vdev.Read().Config.GetStatus(vdev);
        if (status != 0) kernel.Log($"WARNING: status of {vdev.Read().Name} is {status} after its driver's remove");
        await core.AddStatus(vdev, VirtioStatus.Acknowledge);
    }

    /// <summary>Models virtio_dev_shutdown() as the bus's callback, within its caller.</summary>
    public override SimTask Shutdown(Ptr<Device> device) => core.Shutdown(device.As<VirtioDevice>());

    /// <summary>What both sides know, and all transport features, for the transport to judge.</summary>
    private static void ChooseFeatures(Ptr<VirtioDevice> vdev, VirtioDriver driver, ulong offered)
    {
        const ulong Transport = (1UL << VirtioFeature.TransportEnd) - (1UL << VirtioFeature.TransportStart);
        vdev.Write().Features = (driver.KnownFeatures & offered) | (offered & Transport);
    }

    /// <summary>Lets the driver give up features; the device is told again if it did.</summary>
    private static async SimTask<int> Validate(Ptr<VirtioDevice> vdev, VirtioDriver driver)
    {
        var features = vdev.Read().Features;
        var result = driver.Validate(vdev);
        if (result != 0 || features == vdev.Read().Features) return result;
        return await vdev.Read().Config.FinalizeFeatures(vdev);
    }

    /// <summary>Models virtio_features_ok(): a modern device is asked whether it accepts.</summary>
    private async SimTask<int> FeaturesOk(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtio_features_ok");
        if (!vdev.Read().HasFeature(VirtioFeature.Version1)) return 0;
        await core.AddStatus(vdev, VirtioStatus.FeaturesOk);
        var status = await vdev.Read().Config.GetStatus(vdev);
        if ((status & VirtioStatus.FeaturesOk) != 0) return 0;
        kernel.Log($"virtio: device refuses features: {status:x}");
        return -Errno.ENODEV;
    }
}
