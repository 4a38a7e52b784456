using System.Buffers.Binary;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>What the virtio core asks of the transport (virtio_ccw_config_ops, virtio_ccw.c).</summary>
internal sealed class VirtioCcwConfig(VirtioCcwTransport transport) : IVirtioConfigOps
{
    private const uint FeatureBlockSize = 5;
    private readonly GuestKernel k = transport.Kernel;

    private VirtioCcwIo Io => transport.Io;

    /// <summary>Models virtio_ccw_get_features().</summary>
    public async SimTask<ulong> GetFeatures(Ptr<VirtioDevice> vdev)
    {
        using var frame = k.Enter("virtio_ccw_get_features");
        var vcdev = vdev.As<VirtioCcwDevice>();
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return 0;
        ulong features = 0;
        var block = await Io.Zalloc(vcdev, FeatureBlockSize);
        if (block != 0 && await ReadFeatures(vcdev, ccw, block, 0) is { } low)
        {
            features = low;
            if (vcdev.Read().Revision != 0 && await ReadFeatures(vcdev, ccw, block, 1) is { } high) features |= (ulong)high << 32;
        }
        await Io.Free(vcdev, block, FeatureBlockSize);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
        return features;
    }

    /// <summary>Models virtio_ccw_finalize_features().</summary>
    public async SimTask<int> FinalizeFeatures(Ptr<VirtioDevice> vdev)
    {
        using var frame = k.Enter("virtio_ccw_finalize_features");
        var vcdev = vdev.As<VirtioCcwDevice>();
        if (vcdev.Read().Revision >= 1 && !vdev.Read().HasFeature(VirtioFeature.Version1)) return -Errno.EINVAL;
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return -Errno.ENOMEM;
        var result = -Errno.ENOMEM;
        var block = await Io.Zalloc(vcdev, FeatureBlockSize);
        if (block != 0)
        {
            VirtioRing.TransportFeatures(vdev);
            result = await WriteFeatures(vcdev, ccw, block, 0);
            if (result == 0 && vcdev.Read().Revision != 0) result = await WriteFeatures(vcdev, ccw, block, 1);
        }
        await Io.Free(vcdev, block, FeatureBlockSize);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
        return result;
    }

    /// <summary>Models virtio_ccw_get_config(). On an error the caller's buffer stays as it was.</summary>
    public async SimTask Get(Ptr<VirtioDevice> vdev, uint offset, byte[] buffer, int length)
    {
        using var frame = k.Enter("virtio_ccw_get_config");
        var vcdev = vdev.As<VirtioCcwDevice>();
        if (await Read(vcdev, offset, buffer, length)) return;
        if (k.Variant.Has(Remedies.ZeroConfig)) Array.Clear(buffer, 0, length);
        else transport.Watch?.ConfigNotRead(vcdev);
    }

    private async SimTask<bool> Read(Ptr<VirtioCcwDevice> vcdev, uint offset, byte[] buffer, int length)
    {
        var read = false;
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return false;
        var area = await Io.Zalloc(vcdev, VirtioCcwDevice.ConfigSize);
        if (area != 0)
        {
            var end = offset + (uint)length;
            Io.Write(ccw, VirtioCcwCommand.ReadConf, 0, end, area);
            if (await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingReadConfig) == 0)
            {
                await vcdev.Read().VcdevLock.LockIrqSave();
                k.Memory.Guest(area, end).CopyTo(vcdev.Read().ConfigSpace);
                if (vcdev.Read().ConfigReady < end) vcdev.Write().ConfigReady = end;
                await vcdev.Read().VcdevLock.UnlockIrqRestore();
                k.Memory.Guest(area + offset, (uint)length).CopyTo(buffer);
                read = true;
            }
        }
        await Io.Free(vcdev, area, VirtioCcwDevice.ConfigSize);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
        return read;
    }

    /// <summary>Models virtio_ccw_set_config().</summary>
    public async SimTask Set(Ptr<VirtioDevice> vdev, uint offset, byte[] data, int length)
    {
        using var frame = k.Enter("virtio_ccw_set_config");
        var vcdev = vdev.As<VirtioCcwDevice>();
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return;
        var area = await Io.Zalloc(vcdev, VirtioCcwDevice.ConfigSize);
        if (area != 0)
        {
            // Bytes before the field are sent as well: make sure they are known.
            if (vcdev.Read().ConfigReady < offset) await Refresh(vcdev, offset);
            await vcdev.Read().VcdevLock.LockIrqSave();
            data.AsSpan(0, length).CopyTo(vcdev.Read().ConfigSpace.AsSpan((int)offset));
            vcdev.Read().ConfigSpace.CopyTo(k.Memory.Guest(area, VirtioCcwDevice.ConfigSize));
            await vcdev.Read().VcdevLock.UnlockIrqRestore();
            Io.Write(ccw, VirtioCcwCommand.WriteConf, 0, offset + (uint)length, area);
            await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingWriteConfig);
        }
        await Io.Free(vcdev, area, VirtioCcwDevice.ConfigSize);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
    }

    /// <summary>Models virtio_ccw_get_status(): asks the host from revision 2 on; if that fails the old value stays.</summary>
    public async SimTask<byte> GetStatus(Ptr<VirtioDevice> vdev)
    {
        using var frame = k.Enter("virtio_ccw_get_status");
        var vcdev = vdev.As<VirtioCcwDevice>();
        var old = k.Memory.Read8(vcdev.Read().StatusByte);
        if (vcdev.Read().Revision < (k.Variant.Has(Defects.ReadStatusRev1) ? 1 : 2)) return old;
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return old;
        Io.Write(ccw, VirtioCcwCommand.ReadStatus, 0, 1, vcdev.Read().StatusByte);
        await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingReadStatus);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
        return k.Memory.Read8(vcdev.Read().StatusByte);
    }

    /// <summary>Models virtio_ccw_set_status(): if the host refuses, the cached value goes back to the old one.</summary>
    public async SimTask SetStatus(Ptr<VirtioDevice> vdev, byte status)
    {
        using var frame = k.Enter("virtio_ccw_set_status");
        var vcdev = vdev.As<VirtioCcwDevice>();
        var old = k.Memory.Read8(vcdev.Read().StatusByte);
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return;
        k.Memory.Write8(vcdev.Read().StatusByte, status);
        Io.Write(ccw, VirtioCcwCommand.WriteStatus, 0, 1, vcdev.Read().StatusByte);
        if (await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingWriteStatus) != 0) k.Memory.Write8(vcdev.Read().StatusByte, old);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
    }

    /// <summary>Models virtio_ccw_reset().</summary>
    public async SimTask Reset(Ptr<VirtioDevice> vdev)
    {
        using var frame = k.Enter("virtio_ccw_reset");
        var vcdev = vdev.As<VirtioCcwDevice>();
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return;
        k.Memory.Write8(vcdev.Read().StatusByte, 0);
        Io.Write(ccw, VirtioCcwCommand.VdevReset, 0, 0, 0);
        await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingReset);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
    }

    /// <inheritdoc/>
    public SimTask<int> FindVqs(
        Ptr<VirtioDevice> vdev, int count, Ptr<Virtqueue>[] vqs, Func<Ptr<Virtqueue>, SimTask>?[] callbacks, string?[] names) =>
        transport.Queues.Find(vdev.As<VirtioCcwDevice>(), count, vqs, callbacks, names);

    /// <inheritdoc/>
    public SimTask DelVqs(Ptr<VirtioDevice> vdev) => transport.Queues.DeleteAll(vdev.As<VirtioCcwDevice>());

    /// <inheritdoc/>
    public SimTask SynchronizeCbs(Ptr<VirtioDevice> vdev) => transport.Indicators.Synchronize(vdev.As<VirtioCcwDevice>());

    /// <summary>Models virtio_ccw_bus_name() within its caller.</summary>
    public string BusName(Ptr<VirtioDevice> vdev) => vdev.As<VirtioCcwDevice>().Read().Cdev.Read().Name;

    /// <summary>virtio_ccw_get_config() without a buffer: only what is cached counts.</summary>
    private async SimTask Refresh(Ptr<VirtioCcwDevice> vcdev, uint length)
    {
        using var frame = k.Enter("virtio_ccw_get_config");
        await Read(vcdev, 0, new byte[length], (int)length);
    }

    private async SimTask<uint?> ReadFeatures(Ptr<VirtioCcwDevice> vcdev, uint ccw, uint block, byte index)
    {
        k.Memory.Write8(block + 4, index);
        Io.Write(ccw, VirtioCcwCommand.ReadFeat, 0, FeatureBlockSize, block);
        if (await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingReadFeat) != 0) return null;
        return BinaryPrimitives.ReverseEndianness(k.Memory.Read32(block));
    }

    private SimTask<int> WriteFeatures(Ptr<VirtioCcwDevice> vcdev, uint ccw, uint block, byte index)
    {
        k.Memory.Write32(block, BinaryPrimitives.ReverseEndianness((uint)(vcdev.Read().Features >> (32 * index))));
        k.Memory.Write8(block + 4, index);
        Io.Write(ccw, VirtioCcwCommand.WriteFeat, 0, FeatureBlockSize, block);
        return Io.Run(vcdev, ccw, VirtioCcwCommand.DoingWriteFeat);
    }
}
