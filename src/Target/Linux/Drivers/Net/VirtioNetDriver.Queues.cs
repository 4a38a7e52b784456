using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Abi = CcwFuzz.Target.Linux.Drivers.Net.VirtioNetAbi;

namespace CcwFuzz.Target.Linux.Drivers.Net;

/// <content>Queues and their buffers.</content>
public sealed partial class VirtioNetDriver
{
    private const int ArraysOfFindVqs = 4;

    /// <summary>Models init_vqs() within its caller.</summary>
    /// <returns>0 or a negative errno.</returns>
    private async SimTask<int> InitVqs(Ptr<VirtnetInfo> vi)
    {
        if (!AllocateQueues(vi)) return -Errno.ENOMEM;
        var result = await FindVqs(vi);
        if (result == 0) vi.Write().HasAffinity = true; // virtnet_set_affinity()
        else await FreeQueues(vi);
        return result;
    }

    /// <summary>Models virtnet_alloc_queues().</summary>
    /// <returns>False without memory.</returns>
    private bool AllocateQueues(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("virtnet_alloc_queues");
        if (vi.Read().Vdev.Read().HasFeature(Abi.ControlVq))
        {
            vi.Write().Control = AllocateControl();
            if (vi.Read().Control.IsNull) return false;
        }
        vi.Write().Sq = kernel.Allocate(new SendQueue());
        if (!vi.Read().Sq.IsNull) vi.Write().Rq = kernel.Allocate(new ReceiveQueue());
        if (vi.Read().Rq.IsNull)
        {
            kernel.Heap.Free(vi.Read().Sq);
            FreeControl(vi);
            return false;
        }
        vi.Write().Refill = new DelayedWork(kernel.World, "refill_work", () => RefillWork(vi));
        net.Napi.Add(vi.Read().Rq.As<NapiStruct>(), PollReceive, NapiCore.PollWeight);
        net.Napi.Add(vi.Read().Sq.As<NapiStruct>(), PollTransmit, NapiCore.PollWeight);
        return true;
    }

    private Ptr<ControlBuffer> AllocateControl()
    {
        if (kernel.Faults.Fails(AllocationKind.Heap)) return Ptr<ControlBuffer>.Null;
        var memory = kernel.Memory.Allocate(ControlBuffer.Size, "struct control_buf", GuestMemory.Granule);
        return memory == 0 ? Ptr<ControlBuffer>.Null : kernel.Heap.Allocate(new ControlBuffer { Header = memory });
    }

    /// <summary>Models virtnet_find_vqs().</summary>
    private async SimTask<int> FindVqs(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("virtnet_find_vqs");
        for (var i = 0; i < ArraysOfFindVqs; i++)
            if (kernel.Faults.Fails(AllocationKind.Heap)) return -Errno.ENOMEM;
        var vdev = vi.Read().Vdev;
        var count = vi.Read().Control.IsNull ? 2 : 3;
        var vqs = new Ptr<Virtqueue>[count];
        Func<Ptr<Virtqueue>, SimTask>?[] callbacks = [ReceiveDone, TransmitDone, null];
        string?[] names = ["input.0", "output.0", "control"];
        var result = await vdev.Read().Config.FindVqs(vdev, count, vqs, callbacks[..count], names[..count]);
        if (result != 0) return result;
        if (count == 3) vi.Write().ControlVq = vqs[2];
        vi.Read().Rq.Write().Vq = vqs[0];
        vi.Read().Sq.Write().Vq = vqs[1];
        return 0;
    }

    /// <summary>Models virtnet_del_vqs().</summary>
    private async SimTask DeleteVqs(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("virtnet_del_vqs");
        vi.Write().HasAffinity = false;
        var vdev = vi.Read().Vdev;
        await vdev.Read().Config.DelVqs(vdev);
        await kernel.Point;
        await FreeQueues(vi);
    }

    /// <summary>Models virtnet_free_queues(): no softirq polls any more when the queues are freed.</summary>
    private async SimTask FreeQueues(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("virtnet_free_queues");
        await net.Rcu.SynchronizeNet();
        kernel.Heap.Free(vi.Read().Rq);
        kernel.Heap.Free(vi.Read().Sq);
        FreeControl(vi);
    }

    private void FreeControl(Ptr<VirtnetInfo> vi)
    {
        var control = vi.Read().Control;
        if (control.IsNull) return;
        kernel.Memory.Free(control.Read().Header);
        kernel.Heap.Free(control);
        vi.Write().Control = Ptr<ControlBuffer>.Null;
    }

    /// <summary>Models free_unused_bufs(): what the device has not used, it never will.</summary>
    private async SimTask FreeUnusedBuffers(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("free_unused_bufs");
        var vq = vi.Read().Sq.Read().Vq;
        for (var data = virtio.Ring.DetachUnusedBuf(vq); !data.IsNull; data = virtio.Ring.DetachUnusedBuf(vq))
            net.FreeSkb(data.As<SkBuff>());
        await kernel.Point;
        vq = vi.Read().Rq.Read().Vq;
        for (var data = virtio.Ring.DetachUnusedBuf(vq); !data.IsNull; data = virtio.Ring.DetachUnusedBuf(vq))
            PutPage(data.As<PageFragment>());
        await kernel.Point;
    }

    /// <summary>Models free_receive_page_frags().</summary>
    private void FreeFragment(Ptr<VirtnetInfo> vi)
    {
        using var frame = kernel.Enter("free_receive_page_frags");
        var fragment = vi.Read().Rq.Read().Fragment;
        if (!fragment.IsNull) PutPage(fragment);
    }

    /// <summary>Models put_page() within its caller.</summary>
    private void PutPage(Ptr<PageFragment> page)
    {
        var target = page.Write();
        if (--target.RefCount > 0) return;
        kernel.Memory.Free(target.Memory);
        kernel.Heap.Free(page);
    }

    /// <summary>Models skb_page_frag_refill().</summary>
    /// <returns>False without memory.</returns>
    private bool RefillFragment(Ptr<ReceiveQueue> rq)
    {
        using var frame = kernel.Enter("skb_page_frag_refill");
        var old = rq.Read().Fragment;
        if (!old.IsNull)
        {
            if (old.Read().Offset + Abi.BufferSize <= PageFragment.Size) return true;
            rq.Write().Fragment = Ptr<PageFragment>.Null;
            PutPage(old);
        }
        if (kernel.Faults.Fails(AllocationKind.Pages)) return false;
        var memory = kernel.Memory.Allocate(PageFragment.Size, "receive buffers");
        if (memory == 0) return false;
        rq.Write().Fragment = kernel.Heap.Allocate(new PageFragment { Memory = memory });
        return true;
    }
}
