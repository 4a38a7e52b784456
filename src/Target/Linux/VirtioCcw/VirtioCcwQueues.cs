using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.VirtioCcw;

/// <summary>Setting up and deleting queues, and notifying the host of them (virtio_ccw.c).</summary>
internal sealed class VirtioCcwQueues
{
    private const uint RingAlign = 4096;
    private const uint InfoBlockSize = 32;
    private const uint LegacyInfoBlockSize = 16;
    private const uint PointerSize = 8;
    private readonly VirtioCcwTransport transport;
    private readonly GuestKernel k;
    private readonly Func<Ptr<Virtqueue>, bool> notify;

    public VirtioCcwQueues(VirtioCcwTransport transport)
    {
        this.transport = transport;
        k = transport.Kernel;
        notify = KvmNotify;
    }

    private VirtioCcwIo Io => transport.Io;

    /// <summary>Models virtio_ccw_find_vqs().</summary>
    /// <returns>0 or a negative errno.</returns>
    public async SimTask<int> Find(
        Ptr<VirtioCcwDevice> vcdev, int count, Ptr<Virtqueue>[] vqs, Func<Ptr<Virtqueue>, SimTask>?[] callbacks, string?[] names)
    {
        using var frame = k.Enter("virtio_ccw_find_vqs");
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return -Errno.ENOMEM;
        uint pointer = 0;
        var result = await SetupAll(vcdev, count, vqs, callbacks, names, ccw);
        if (result == 0)
        {
            pointer = await Io.Zalloc(vcdev, PointerSize);
            result = pointer == 0 ? -Errno.ENOMEM : await RegisterIndicators(vcdev, vqs, count, pointer, ccw);
        }
        await Io.Free(vcdev, pointer, PointerSize);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
        if (result != 0) await DeleteAll(vcdev);
        return result;
    }

    /// <summary>Models virtio_ccw_del_vqs(). Without memory for a CCW it returns, and everything leaks.</summary>
    public async SimTask DeleteAll(Ptr<VirtioCcwDevice> vcdev)
    {
        using var frame = k.Enter("virtio_ccw_del_vqs");
        var ccw = await Io.Zalloc(vcdev, VirtioCcwCommand.CcwSize);
        if (ccw == 0) return;
        await transport.Indicators.Drop(vcdev, ccw);
        foreach (var vq in vcdev.Read().Vqs.ToArray()) await Delete(vcdev, vq, ccw);
        await Io.Free(vcdev, ccw, VirtioCcwCommand.CcwSize);
    }

    private async SimTask<int> SetupAll(
        Ptr<VirtioCcwDevice> vcdev, int count, Ptr<Virtqueue>[] vqs, Func<Ptr<Virtqueue>, SimTask>?[] callbacks, string?[] names, uint ccw)
    {
        ushort index = 0;
        for (var i = 0; i < count; i++)
        {
            vqs[i] = Ptr<Virtqueue>.Null;
            if (names[i] is not { } name) continue;
            var (vq, error) = await Setup(vcdev, index++, callbacks[i], name, ccw);
            if (error != 0) return error;
            vqs[i] = vq;
        }
        return 0;
    }

    private async SimTask<int> RegisterIndicators(Ptr<VirtioCcwDevice> vcdev, Ptr<Virtqueue>[] vqs, int count, uint pointer, uint ccw)
    {
        k.Memory.Write64(pointer, vcdev.Read().Indicators);
        if (vcdev.Read().IsThinint && await transport.Indicators.RegisterAdapter(vcdev, vqs, count, ccw) != 0)
            vcdev.Write().IsThinint = false;
        if (!vcdev.Read().IsThinint)
        {
            var classic = await transport.Indicators.Register(vcdev, pointer, ccw, config: false);
            if (classic != 0) return classic;
        }
        return await transport.Indicators.Register(vcdev, pointer, ccw, config: true);
    }

    /// <summary>Models virtio_ccw_setup_vq().</summary>
    private async SimTask<(Ptr<Virtqueue> Vq, int Error)> Setup(
        Ptr<VirtioCcwDevice> vcdev, ushort index, Func<Ptr<Virtqueue>, SimTask>? callback, string name, uint ccw)
    {
        using var frame = k.Enter("virtio_ccw_setup_vq");
        var info = k.Allocate(new VirtioCcwVqInfo());
        if (info.IsNull) return (default, -Errno.ENOMEM);
        var vq = Ptr<Virtqueue>.Null;
        var error = -Errno.ENOMEM;
        info.Write().InfoBlock = await Io.Zalloc(vcdev, InfoBlockSize);
        if (info.Read().InfoBlock != 0)
        {
            error = await ReadVqConf(vcdev, ccw, index);
            if (error > 0)
            {
                info.Write().Num = error;
                vq = await transport.Virtio.Ring.CreateVirtqueue(
                    index, (uint)error, RingAlign, vcdev.As<VirtioDevice>(), vcdev.Read().Revision > 0, notify, callback, name);
                error = vq.IsNull ? -Errno.ENOMEM : await TellHost(vcdev, info, vq, index, ccw);
            }
        }
        if (error == 0)
        {
            info.Write().Vq = vq;
            vq.Write().Private = info.As<HeapObject>();
            await vcdev.Read().VcdevLock.LockIrqSave();
            vcdev.Read().Virtqueues.Insert(0, info);
            await vcdev.Read().VcdevLock.UnlockIrqRestore();
            return (vq, 0);
        }
        if (!vq.IsNull) await transport.Virtio.Ring.DelVirtqueue(vq);
        await Io.Free(vcdev, info.Read().InfoBlock, InfoBlockSize);
        k.Heap.Free(info);
        return (default, error);
    }

    private async SimTask<int> TellHost(
        Ptr<VirtioCcwDevice> vcdev, Ptr<VirtioCcwVqInfo> info, Ptr<Virtqueue> vq, ushort index, uint ccw)
    {
        vq.Write().NumMax = (uint)info.Read().Num;
        info.Write().Num = (int)vq.Read().Num;
        var ring = vq.Read();
        WriteInfoBlock(vcdev, info, index, ring.DescAddress, ring.AvailAddress, ring.UsedAddress, (ushort)ring.Num, ccw);
        return await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingSetVq | index);
    }

    /// <summary>Models virtio_ccw_read_vq_conf().</summary>
    /// <returns>The number of descriptors, or a negative errno.</returns>
    private async SimTask<int> ReadVqConf(Ptr<VirtioCcwDevice> vcdev, uint ccw, ushort index)
    {
        using var frame = k.Enter("virtio_ccw_read_vq_conf");
        var block = vcdev.Read().ConfigBlock;
        k.Memory.Write16(block, index);
        Io.Write(ccw, VirtioCcwCommand.ReadVqConf, 0, 4, block);
        var result = await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingReadVqConf);
        if (result != 0) return result;
        var num = k.Memory.Read16(vcdev.Read().ConfigBlock + 2);
        return num != 0 ? num : -Errno.ENOENT;
    }

    /// <summary>Models virtio_ccw_del_vq().</summary>
    private async SimTask Delete(Ptr<VirtioCcwDevice> vcdev, Ptr<Virtqueue> vq, uint ccw)
    {
        using var frame = k.Enter("virtio_ccw_del_vq");
        var info = vq.Read().Private.As<VirtioCcwVqInfo>();
        var index = (ushort)vq.Read().Index;
        await vcdev.Read().VcdevLock.LockIrqSave();
        vcdev.Read().Virtqueues.Remove(info);
        await vcdev.Read().VcdevLock.UnlockIrqRestore();
        WriteInfoBlock(vcdev, info, index, 0, 0, 0, 0, ccw);
        var result = await Io.Run(vcdev, ccw, VirtioCcwCommand.DoingSetVq | index);
        if (result != 0 && result != -Errno.ENODEV) k.Log($"Error {result} while deleting queue {index}");
        await transport.Virtio.Ring.DelVirtqueue(vq);
        await Io.Free(vcdev, info.Read().InfoBlock, InfoBlockSize);
        k.Heap.Free(info);
    }

    private void WriteInfoBlock(
        Ptr<VirtioCcwDevice> vcdev, Ptr<VirtioCcwVqInfo> info, ushort index, uint desc, uint avail, uint used, ushort num, uint ccw)
    {
        var block = info.Read().InfoBlock;
        var legacy = vcdev.Read().Revision == 0;
        k.Memory.Write64(block, desc);
        k.Memory.Write32(block + 8, legacy && desc != 0 ? RingAlign : 0);
        k.Memory.Write16(block + 12, index);
        k.Memory.Write16(block + 14, num);
        if (!legacy)
        {
            k.Memory.Write64(block + 16, avail);
            k.Memory.Write64(block + 24, used);
        }
        Io.Write(ccw, VirtioCcwCommand.SetVq, 0, legacy ? LegacyInfoBlockSize : InfoBlockSize, block);
    }

    /// <summary>Models virtio_ccw_kvm_notify(): three pointers are followed, none of them referenced.</summary>
    private bool KvmNotify(Ptr<Virtqueue> vq)
    {
        using var frame = k.Enter("virtio_ccw_kvm_notify");
        transport.Rules.CheckNotify(vq);
        var info = vq.Read().Private.As<VirtioCcwVqInfo>();
        var vcdev = info.Read().Vq.Read().Vdev.As<VirtioCcwDevice>();
        var id = CcwDeviceOps.GetSubchannelId(vcdev.Read().Cdev);
        info.Write().Cookie = k.Channel.NotifyHypercall(id.Word, vq.Read().Index, (ulong)info.Read().Cookie);
        return info.Read().Cookie >= 0;
    }
}
