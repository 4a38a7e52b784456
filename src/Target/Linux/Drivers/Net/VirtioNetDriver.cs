using CcwFuzz.Target.Linux.DriverCore;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Net.VirtioNetAbi;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <summary>The driver for virtio network devices (drivers/net/virtio_net.c): binding and unbinding; one pair of queues.</summary>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
/// <param name="net">Network devices.</param>
public sealed partial class VirtioNetDriver(GuestKernel kernel, VirtioCore virtio, NetCore net)
    : VirtioDriver("virtio_net", Abi.DeviceId), INetDeviceOps
{
    /// <inheritdoc/>
    public override bool ActsOnConfigChange => true;

    /// <inheritdoc/>
    public override ulong KnownFeatures => Abi.Features;

    /// <summary>Models virtnet_probe(); the order of the accesses to the device is the recorded one.</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtnet_probe");
        if (!ValidateFeatures(vdev)) return -Errno.EINVAL;
        var vi = kernel.Allocate(new VirtnetInfo(kernel, this) { Vdev = vdev });
        if (vi.IsNull) return -Errno.ENOMEM;
        var dev = vi.As<NetDevice>();
        vi.Write().Self = dev;
        vi.Write().Parent = vdev.As<Device>();
        vi.Write().BusId = vdev.Read().Config.BusName(vdev);
        if (vdev.Read().HasFeature(Abi.Mac))
            for (uint i = 0; i < 6; i++) await ConfigSpace.Read(vdev, offset: i, size: 1);
        vdev.Write().Private = vi.As<HeapObject>();
        vi.Write().ConfigWork = new SystemWork(kernel.World, "virtnet_config_changed_work", () => ConfigChangedWork(vi));
        var result = await InitVqs(vi);
        if (result == 0)
        {
            await net.RtnlLock();
            result = await net.RegisterNetdevice(dev);
            if (result == 0)
            {
                if (kernel.Variant.Has(Defects.KickBeforeDriverOk)) await net.RtnlUnlock();
                result = await MakeReady(vi);
                if (!kernel.Variant.Has(Defects.KickBeforeDriverOk)) await net.RtnlUnlock();
                if (result == 0)
                {
                    await ReadLink(vi);
                    return 0;
                }
                await net.UnregisterNetdev(dev);
            }
            else
            {
                await net.RtnlUnlock();
            }
            await virtio.ResetDevice(vdev);
            await vi.Read().Refill.CancelSync();
            FreeFragment(vi);
            await DeleteVqs(vi);
        }
        await net.FreeNetdev(dev);
        return result;
    }

    /// <summary>Models virtnet_remove() with remove_vq_common().</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtnet_remove");
        var vi = vdev.Read().Private.As<VirtnetInfo>();
        await vi.Read().ConfigWork.Flush();
        await kernel.Point;
        await net.UnregisterNetdev(vi.As<NetDevice>());
        await virtio.ResetDevice(vi.Read().Vdev);
        await FreeUnusedBuffers(vi);
        await net.RtnlLock(); // free_receive_bufs()
        await net.RtnlUnlock();
        FreeFragment(vi);
        await DeleteVqs(vi);
        await net.FreeNetdev(vi.As<NetDevice>());
    }

    /// <summary>Models virtnet_config_changed(): in the interrupt handler, so the work is left to a worker.</summary>
    public override SimTask ConfigChanged(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtnet_config_changed");
        vdev.Read().Private.As<VirtnetInfo>().Read().ConfigWork.Schedule();
        return SimTask.Done;
    }

    /// <summary>Models virtnet_validate_features() within its caller.</summary>
    private static bool ValidateFeatures(Ptr<VirtioDevice> vdev)
    {
        if (vdev.Read().HasFeature(Abi.ControlVq)) return true;
        foreach (var feature in (ReadOnlySpan<int>)[Abi.ControlRx, Abi.ControlVlan, Abi.GuestAnnounce, Abi.ControlMac])
            if (vdev.Read().HasFeature(feature)) return false;
        return true;
    }

    /// <summary>What the probe does between registering and unlocking: nobody opens the interface before.</summary>
    private async SimTask<int> MakeReady(Ptr<VirtnetInfo> vi)
    {
        var vdev = vi.Read().Vdev;
        await virtio.DeviceReady(vdev);
        if (vdev.Read().HasFeature(Abi.Mac) || !vdev.Read().HasFeature(Abi.ControlMac)) return 0;
        // A random address was chosen: the device has to know it.
        var control = vi.Read().Control;
        kernel.Memory.Guest(control.Read().Data, 6).Fill(2);
        return await SendCommand(vi, Abi.ClassMac, Abi.MacAddressSet, new Scatterlist(control.Read().Data, 6)) ? 0 : -Errno.EINVAL;
    }

    private async SimTask ReadLink(Ptr<VirtnetInfo> vi)
    {
        net.CarrierOff(vi.As<NetDevice>());
        if (!vi.Read().Vdev.Read().HasFeature(Abi.Status))
        {
            vi.Write().Status = Abi.LinkUp;
            net.CarrierOn(vi.As<NetDevice>());
            return;
        }
        // The worker wakes on this CPU, and comes first at the next place where the probe might sleep.
        if (vi.Read().ConfigWork.Schedule()) await kernel.Scheduler.Relax;
    }

    /// <summary>Models virtnet_config_changed_work().</summary>
    private async SimTask ConfigChangedWork(Ptr<VirtnetInfo> vi)
    {
        if (await ConfigSpace.Read(vi.Read().Vdev, Abi.Status, offset: 6, size: 2) is not { } value) return;
        var dev = vi.As<NetDevice>();
        if ((value & Abi.Announce) != 0)
        {
            await net.NotifyPeers(dev);
            await AckAnnounce(vi);
        }
        var link = (uint)value & Abi.LinkUp;
        if (vi.Read().Status == link) return;
        vi.Write().Status = link;
        await kernel.Point;
        if (link != 0)
        {
            net.CarrierOn(dev);
            net.WakeQueue(dev);
        }
        else
        {
            net.CarrierOff(dev);
            NetCore.StopQueue(dev);
        }
    }
}
