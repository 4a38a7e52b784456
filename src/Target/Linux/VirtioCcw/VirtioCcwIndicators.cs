using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>Telling the host where indicators are, and that they are not there any more (virtio_ccw.c).</summary>
internal sealed class VirtioCcwIndicators(VirtioCcwTransport transport)
{
    private const uint ThinintAreaSize = 25;
    private const uint PointerSize = 8;
    private readonly GuestKernel k = transport.Kernel;

    private VirtioCcwIo Io => transport.Io;

    /// <summary>Models virtio_ccw_register_adapter_ind().</summary>
    /// <returns>0 or a negative errno: the caller falls back to classic interrupts.</returns>
    public async SimTask<int> RegisterAdapter(Ptr<VirtioCcwDevice> vcdev, Ptr<Virtqueue>[] vqs, int count, uint ccw)
    {
        using var frame = k.Enter("virtio_ccw_register_adapter_ind");
        var area = await Io.Zalloc(vcdev, ThinintAreaSize);
        if (area == 0) return -Errno.ENOMEM;
        var result = -Errno.ENOSPC;
        if (await transport.Airqs.GetIndicator(vqs, count) is var (info, first))
        {
            vcdev.Write().AirqInfo = info;
            WriteThinintArea(area, info.Summary, info.Vector.Address, (ulong)first);
            Io.Write(ccw, VirtioCcwCommand.SetIndAdapter, VirtioCcwCommand.FlagSli, ThinintAreaSize, area);
            result = await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingSetIndAdapter);
            if (result != 0)
            {
                if (result == -Errno.EOPNOTSUPP) transport.Airqs.UseAirq = false;
                k.Log($"enabling adapter interrupts = {result}");
                await DropIndicators(vcdev);
            }
        }
        await Io.Free(vcdev, area, ThinintAreaSize);
        return result;
    }

    /// <summary>Tells the host the address of classic (SET_IND) or config (SET_CONF_IND) indicators, which are cleared first.</summary>
    public SimTask<int> Register(Ptr<VirtioCcwDevice> vcdev, uint pointer, uint ccw, bool config)
    {
        var indicators = config ? vcdev.Read().Indicators2 : vcdev.Read().Indicators;
        k.Memory.Write64(pointer, indicators);
        k.Memory.Write64(indicators, 0);
        Io.Write(ccw, config ? VirtioCcwCommand.SetConfInd : VirtioCcwCommand.SetInd, 0, PointerSize, pointer);
        return Io.Run(vcdev, ccw, config ? VirtioCcwCommand.DoingSetConfInd : VirtioCcwCommand.DoingSetInd);
    }

    /// <summary>Models virtio_ccw_drop_indicator(): takes the indicators away from the host.</summary>
    public async SimTask Drop(Ptr<VirtioCcwDevice> vcdev, uint ccw)
    {
        using var frame = k.Enter("virtio_ccw_drop_indicator");
        var thinint = vcdev.Read().IsThinint;
        if (thinint && vcdev.Read().AirqInfo is null && k.Variant.Has(Remedies.NoAirqInfo)) return;
        var size = thinint ? ThinintAreaSize : PointerSize;
        var payload = await Io.Zalloc(vcdev, size);
        if (payload == 0)
        {
            if (thinint && k.Variant.Has(Remedies.DropBits)) await DropIndicators(vcdev);
            return;
        }
        if (thinint)
        {
            // A device that never had an area is not thinint any more; airq_info is read as the kernel reads it.
            if (vcdev.Read().AirqInfo is not { } info) throw new NullPointerException("airq_info");
            WriteThinintArea(payload, info.Summary, 0, 0);
        }
        Io.Write(ccw, thinint ? VirtioCcwCommand.SetIndAdapter : VirtioCcwCommand.SetInd, 0, size, payload);
        k.Memory.Write64(vcdev.Read().Indicators, 0);
        var result = await Io.Run(vcdev, ccw, thinint ? VirtioCcwCommand.DoingSetIndAdapter : VirtioCcwCommand.DoingSetInd);
        if (result != 0 && result != -Errno.ENODEV) k.Log($"Failed to deregister indicators ({result})");
        var hasDropped = result is 0 or -Errno.ENODEV;
        if ((hasDropped || k.Variant.Has(Remedies.DropBits)) && vcdev.Read().IsThinint) await DropIndicators(vcdev);
        await Io.Free(vcdev, payload, size);
    }

    /// <summary>Models virtio_ccw_synchronize_cbs(): waits for callbacks that run now.</summary>
    public async SimTask Synchronize(Ptr<VirtioCcwDevice> vcdev)
    {
        using var frame = k.Enter("virtio_ccw_synchronize_cbs");
        var irqLock = vcdev.Read().AirqInfo?.Lock ?? vcdev.Read().IrqLock;
        await irqLock.WriteLock();
        await irqLock.WriteUnlock();
    }

    /// <summary>Models virtio_ccw_drop_indicators().</summary>
    private async SimTask DropIndicators(Ptr<VirtioCcwDevice> vcdev)
    {
        using var frame = k.Enter("virtio_ccw_drop_indicators");
        if (vcdev.Read().AirqInfo is not { } info) return;
        for (var i = 0; i < vcdev.Read().Virtqueues.Count; i++)
            await transport.Airqs.DropIndicator(vcdev.Read().Virtqueues[i].Read().Vq, info);
    }

    private void WriteThinintArea(uint area, uint summary, uint indicator, ulong bit)
    {
        k.Memory.Write64(area, summary);
        k.Memory.Write64(area + 8, indicator);
        k.Memory.Write64(area + 16, bit);
        k.Memory.Write8(area + 24, CioSubsystem.IoSchIsc);
    }
}
