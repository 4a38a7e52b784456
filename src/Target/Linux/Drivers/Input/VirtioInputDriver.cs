using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Input.VirtioInputAbi;

namespace CcwFuzz.Target.Linux.Drivers.Input;

/// <summary>The driver for virtio input devices (drivers/virtio/virtio_input.c): binding and unbinding.</summary>
/// <remarks>Left out: axes and touch, which a keyboard does not have, and suspend.</remarks>
/// <param name="kernel">The guest.</param>
/// <param name="virtio">The virtio bus.</param>
/// <param name="input">The input core.</param>
public sealed partial class VirtioInputDriver(GuestKernel kernel, VirtioCore virtio, InputCore input)
    : VirtioDriver("virtio_input", Abi.DeviceId)
{
    /// <summary>Models virtinput_probe().</summary>
    public override async SimTask<int> Probe(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtinput_probe");
        if (!vdev.Read().HasFeature(VirtioFeature.Version1)) return -Errno.ENODEV;
        var vi = kernel.Allocate(new VirtioInput(kernel.World));
        if (vi.IsNull) return -Errno.ENOMEM;
        vi.Write().Evts = kernel.Memory.Allocate(
            VirtioInput.EventCount * VirtioInput.EventSize, "evts of struct virtio_input", GuestMemory.Granule);
        vdev.Write().Private = vi.As<HeapObject>();
        vi.Write().Vdev = vdev;
        var result = await InitVqs(vi);
        if (result != 0)
        {
            Free(vi);
            return result;
        }
        var idev = input.AllocateDevice();
        vi.Write().Idev = idev;
        if (idev.IsNull)
        {
            await vdev.Read().Config.DelVqs(vdev);
            Free(vi);
            return -Errno.ENOMEM;
        }
        idev.Write().DriverData = vi.As<HeapObject>();
        idev.Write().BusId = vdev.Read().Config.BusName(vdev);
        await ReadConfig(vi, idev);
        await virtio.DeviceReady(vdev);
        vi.Write().Ready = true;
        await kernel.Point;
        result = await input.RegisterDevice(idev);
        if (result != 0)
        {
            await SetNotReady(vi);
            await virtio.ResetDevice(vdev);
            await input.FreeDevice(idev);
            await vdev.Read().Config.DelVqs(vdev);
            Free(vi);
            return result;
        }
        await FillEvt(vi);
        return 0;
    }

    /// <summary>Models virtinput_remove(): the reset is to keep callbacks off the input device, but waits for none that runs.</summary>
    public override async SimTask Remove(Ptr<VirtioDevice> vdev)
    {
        using var frame = kernel.Enter("virtinput_remove");
        var vi = vdev.Read().Private.As<VirtioInput>();
        await SetNotReady(vi);
        if (kernel.Variant.Has(Remedies.InputCallbacks)) await InputCallbacks.Stop(virtio, vdev);
        await virtio.ResetDevice(vdev);
        await input.UnregisterDevice(vi.Read().Idev);
        while (true)
        {
            var buf = virtio.Ring.DetachUnusedBuf(vi.Read().Sts);
            if (buf.IsNull) break;
            FreeStatus(buf);
            await kernel.Point;
        }
        await vdev.Read().Config.DelVqs(vdev);
        Free(vi);
    }

    /// <summary>Models virtinput_init_vqs().</summary>
    private async SimTask<int> InitVqs(Ptr<VirtioInput> vi)
    {
        using var frame = kernel.Enter("virtinput_init_vqs");
        var vdev = vi.Read().Vdev;
        var vqs = new Ptr<Virtqueue>[2];
        var result = await vdev.Read().Config.FindVqs(vdev, vqs.Length, vqs, [ReceiveEvents, ReceiveStatus], ["events", "status"]);
        if (result != 0) return result;
        vi.Write().Evt = vqs[0];
        vi.Write().Sts = vqs[1];
        return 0;
    }

    private static async SimTask SetNotReady(Ptr<VirtioInput> vi)
    {
        await vi.Read().Lock.LockIrqSave();
        vi.Write().Ready = false;
        await vi.Read().Lock.UnlockIrqRestore();
    }

    private void Free(Ptr<VirtioInput> vi)
    {
        kernel.Memory.Free(vi.Read().Evts);
        kernel.Heap.Free(vi);
    }
}
