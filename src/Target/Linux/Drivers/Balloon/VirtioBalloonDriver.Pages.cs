using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Abi = CcwFuzz.Target.Linux.Drivers.Balloon.VirtioBalloonAbi;

namespace CcwFuzz.Target.Linux.Drivers.Balloon;

/// <content>Inflating and deflating. A page of the guest is a page of the balloon: both have 4 KiB on s390.</content>
public sealed partial class VirtioBalloonDriver
{
    private const int RetryDelay = 200;

    /// <summary>Models balloon_ack(): called from the interrupt handler of both queues.</summary>
    private SimTask BalloonAck(Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("balloon_ack");
        vq.Read().Vdev.Read().Private.As<VirtioBalloon>().Read().Acked.WakeUp();
        return SimTask.Done;
    }

    /// <summary>Models tell_host(): waits until the host read the page numbers; a broken queue never says that it did.</summary>
    private async SimTask TellHost(Ptr<VirtioBalloon> vb, Ptr<Virtqueue> vq)
    {
        using var frame = kernel.Enter("tell_host");
        var pfns = new Scatterlist(vb.Read().Arrays, vb.Read().NumPfns * VirtioBalloon.PfnSize);
        virtio.Ring.AddOutbuf(vq, pfns, vb.As<HeapObject>());
        await kernel.Point;
        virtio.Ring.Kick(vq);
        await kernel.Point;
        while (true)
        {
            var ticket = vb.Read().Acked.Prepare();
            if (!virtio.Ring.GetBuf(vq, out _).IsNull) return;
            if (virtio.Ring.IsBroken(vq) && kernel.Variant.Has(Remedies.TellBroken)) return;
            await vb.Read().Acked.Sleep(ticket);
        }
    }

    /// <summary>Models fill_balloon(): takes pages from the guest, at most one array full, and gives them to the host.</summary>
    /// <returns>Pages that it got.</returns>
    private async SimTask<uint> FillBalloon(Ptr<VirtioBalloon> vb, long wanted)
    {
        using var frame = kernel.Enter("fill_balloon");
        var pages = new Stack<Ptr<Page>>();
        for (var count = Math.Min(wanted, VirtioBalloon.MaxPfns); pages.Count < count;)
        {
            var page = AllocatePage();
            if (page.IsNull)
            {
                kernel.Log("Out of puff! Can't get 1 pages");
                await new Completion(kernel.World, "for memory to become free (msleep)").Wait(RetryDelay);
                break;
            }
            pages.Push(page);
        }
        await vb.Read().BalloonLock.Lock();
        vb.Write().NumPfns = 0;
        while (pages.TryPop(out var page))
        {
            vb.Read().Pages.Add(page);
            SetPagePfn(vb, page);
            vb.Write().NumPages++;
            vb.Write().NumPfns++;
        }
        var got = vb.Read().NumPfns;
        if (got != 0) await TellHost(vb, vb.Read().InflateVq);
        vb.Read().BalloonLock.Unlock();
        await kernel.Point;
        return got;
    }

    /// <summary>Models leak_balloon(): tells the host of pages, at most one array full, then gives them back to the guest.</summary>
    /// <returns>Pages that were given back.</returns>
    private async SimTask<uint> LeakBalloon(Ptr<VirtioBalloon> vb, long wanted)
    {
        using var frame = kernel.Enter("leak_balloon");
        var pages = new Stack<Ptr<Page>>();
        await vb.Read().BalloonLock.Lock();
        var count = Math.Min(Math.Min(wanted, VirtioBalloon.MaxPfns), vb.Read().NumPages);
        for (vb.Write().NumPfns = 0; vb.Read().NumPfns < count; vb.Write().NumPfns++)
        {
            var page = vb.Read().Pages[^1];
            vb.Read().Pages.RemoveAt(vb.Read().Pages.Count - 1);
            SetPagePfn(vb, page);
            pages.Push(page);
            vb.Write().NumPages--;
        }
        var freed = vb.Read().NumPfns;
        if (freed != 0) await TellHost(vb, vb.Read().DeflateVq);
        while (pages.TryPop(out var page)) kernel.Heap.Free(page);
        vb.Read().BalloonLock.Unlock();
        await kernel.Point;
        return freed;
    }

    /// <summary>Models towards_target(): how many pages are missing; negative if there are too many.</summary>
    private async SimTask<long> TowardsTarget(Ptr<VirtioBalloon> vb)
    {
        using var frame = kernel.Enter("towards_target");
        long target = await ConfigSpace.ReadLittle32(vb.Read().Vdev, Abi.NumPagesOffset);
        return target - vb.Read().NumPages;
    }

    /// <summary>Models update_balloon_size(): tells the host how many pages there are.</summary>
    private async SimTask UpdateBalloonSize(Ptr<VirtioBalloon> vb)
    {
        using var frame = kernel.Enter("update_balloon_size");
        await ConfigSpace.WriteLittle32(vb.Read().Vdev, Abi.ActualOffset, vb.Read().NumPages);
    }

    /// <summary>Models update_balloon_size_func(): one array full at a time; the work queues itself for the rest.</summary>
    private async SimTask UpdateBalloonSizeWork(Ptr<VirtioBalloon> vb)
    {
        var difference = await TowardsTarget(vb);
        if (difference == 0) return;
        if (difference > 0) difference -= await FillBalloon(vb, difference);
        else difference += await LeakBalloon(vb, -difference);
        await UpdateBalloonSize(vb);
        if (difference != 0) vb.Read().SizeWork.Schedule();
    }

    /// <summary>Models set_page_pfns() within its caller.</summary>
    private void SetPagePfn(Ptr<VirtioBalloon> vb, Ptr<Page> page) => ByteOrder.Write32(
        kernel.Memory,
        vb.Read().Arrays + (vb.Read().NumPfns * VirtioBalloon.PfnSize),
        page.Read().Frame,
        vb.Read().Vdev.Read().IsLittleEndian);

    /// <summary>Models balloon_page_alloc().</summary>
    private Ptr<Page> AllocatePage()
    {
        using var frame = kernel.Enter("balloon_page_alloc");
        if (kernel.Faults.Fails(AllocationKind.Pages)) return Ptr<Page>.Null;
        var page = kernel.Heap.Allocate(new Page());
        kernel.Memory.Frames.Add(page);
        return page;
    }
}
