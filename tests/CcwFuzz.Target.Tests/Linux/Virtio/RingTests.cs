using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Checks;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>A virtqueue by itself, against a host's end written from the specification.</summary>
[Collection("serial")]
public class RingTests
{
    private const ulong Direct = 1UL << VirtioFeature.Version1;
    private const ulong Indirect = Direct | 1UL << VirtioFeature.RingIndirectDesc;
    private const ulong WithEvents = Indirect | 1UL << VirtioFeature.RingEventIdx;

    private sealed class Token : HeapObject
    {
        public override string TypeName => "token";
    }

    /// <summary>A queue with its host.</summary>
    private sealed class Bench
    {
        public Bench(uint num, ulong features, bool callback = true, bool mayReduce = true)
        {
            var raw = new FakeDevice(Guest.Kernel) { Features = features };
            Device = raw.Self = Guest.Kernel.Heap.Allocate(raw).As<VirtioDevice>();
            Vq = Guest.Get(() => Ring.CreateVirtqueue(0, num, 4096, Device, mayReduce, _ => NotifyResult, callback ? Count : null, "q"));
            if (Vq.IsNull) return;
            var vq = Vq.Read();
            var events = (features & 1UL << VirtioFeature.RingEventIdx) != 0;
            Host = new FakeQueue(Guest.Kernel.Memory, Vq, vq.DescAddress, vq.AvailAddress, vq.UsedAddress, vq.Num, events);
            Data = Guest.Kernel.Heap.Allocate(new Token()).As<HeapObject>();
        }

        public VirtioGuest Guest { get; } = new();

        public VirtioRing Ring => Guest.Virtio.Ring;

        public Ptr<VirtioDevice> Device { get; }

        public Ptr<Virtqueue> Vq { get; }

        public FakeQueue Host { get; } = null!;

        public Ptr<HeapObject> Data { get; }

        public bool NotifyResult { get; set; } = true;

        public int Callbacks { get; private set; }

        public int Add(int outs = 1, int ins = 1) => Ring.AddSgs(
            Vq,
            [.. Enumerable.Range(0, outs).Select(i => new Scatterlist((uint)(0x1000 + (16 * i)), 16))],
            [.. Enumerable.Range(0, ins).Select(i => new Scatterlist((uint)(0x2000 + (16 * i)), 16))],
            Data);

        public bool Get() => Ring.GetBuf(Vq, out _) == Data;

        public bool Interrupt() => Guest.Get(() => Ring.VringInterrupt(Vq));

        private SimTask Count(Ptr<Virtqueue> vq)
        {
            Callbacks++;
            return SimTask.Done;
        }
    }

    [Theory]
    [InlineData(Direct)]
    [InlineData(Indirect)]
    [InlineData(WithEvents)]
    public void Buffers_go_round_and_round(ulong features)
    {
        var bench = new Bench(8, features);
        var before = bench.Guest.Kernel.Memory.LiveBlocks;
        for (var round = 0; round < 70_000 / 2; round++)
        {
            Assert.Equal(0, bench.Add());
            Assert.Equal(0, bench.Add(outs: 0, ins: 1));
            var first = bench.Host.Take()!;
            var second = bench.Host.Take()!;
            Assert.Null(bench.Host.Take());
            if (round < 100)
            {
                Assert.Equal(16, first.Read().Length);
                Assert.Equal(16, first.WritableSize);
                Assert.Empty(second.Read());
            }
            bench.Host.Give(second.Head, 3);
            bench.Host.Give(first.Head, 2);
            Assert.True(bench.Get());
            Assert.Equal(bench.Data, bench.Ring.GetBuf(bench.Vq, out var length));
            Assert.Equal(2u, length);
            Assert.False(bench.Get());
            Assert.Equal(8u, bench.Vq.Read().NumFree);
            Assert.Equal(before, bench.Guest.Kernel.Memory.LiveBlocks);
            if ((features & 1UL << VirtioFeature.RingIndirectDesc) != 0 && round == 1000) return; // memory is never reused
        }
    }

    [Fact]
    public void A_full_ring_says_so_and_tells_the_host()
    {
        var bench = new Bench(4, Direct);
        Assert.Equal(0, bench.Add());
        Assert.Equal(0, bench.Add());
        Assert.Equal(-Errno.ENOSPC, bench.Add());
        Assert.Equal(0u, bench.Vq.Read().NumFree);
    }

    [Fact]
    public void An_indirect_table_takes_one_descriptor_and_goes_with_its_buffer()
    {
        var bench = new Bench(4, Indirect);
        var before = bench.Guest.Kernel.Memory.LiveBlocks;
        Assert.Equal(0, bench.Add(outs: 3, ins: 3));
        Assert.Equal(3u, bench.Vq.Read().NumFree);
        Assert.Equal(before + 1, bench.Guest.Kernel.Memory.LiveBlocks);
        var buffer = bench.Host.Take()!;
        bench.Host.Give(buffer.Head, 0);
        Assert.True(bench.Get());
        Assert.Equal(before, bench.Guest.Kernel.Memory.LiveBlocks);
        Assert.Equal(ViolationKind.DmaToFreed, Assert.Throws<ViolationException>(() => ReadAgain(bench)).Violation.Kind);
    }

    [Fact]
    public void Without_memory_for_a_table_the_ring_itself_is_used()
    {
        var bench = new Bench(8, Indirect);
        bench.Guest.Kernel.Faults.Arm(AllocationKind.Heap, 1);
        Assert.Equal(0, bench.Add(outs: 2, ins: 1));
        Assert.Equal(5u, bench.Vq.Read().NumFree);
        bench.Host.Give(bench.Host.Take()!.Head, 0);
        Assert.True(bench.Get());
        Assert.Equal(8u, bench.Vq.Read().NumFree);
    }

    [Theory]
    [InlineData(8)] // out of range
    [InlineData(5)] // not a head
    [InlineData(1)] // the second descriptor of a chain
    public void A_wrong_id_breaks_the_queue(uint id)
    {
        var bench = new Bench(8, Direct);
        bench.Add();
        bench.Host.Take();
        bench.Host.Give(id, 0);
        Assert.False(bench.Get());
        Assert.True(bench.Ring.IsBroken(bench.Vq));
        Assert.Equal(-Errno.EIO, bench.Add());
        Assert.False(bench.Ring.Notify(bench.Vq));
        Assert.True(bench.Interrupt());
        Assert.Equal(0, bench.Callbacks);
    }

    [Fact]
    public void A_notification_that_fails_breaks_the_queue()
    {
        var bench = new Bench(8, Direct) { NotifyResult = false };
        bench.Add();
        Assert.False(bench.Ring.Kick(bench.Vq));
        Assert.True(bench.Ring.IsBroken(bench.Vq));
    }

    [Fact]
    public void An_interrupt_without_work_is_not_ours()
    {
        var bench = new Bench(8, WithEvents);
        Assert.False(bench.Interrupt());
        bench.Add();
        bench.Host.Give(bench.Host.Take()!.Head, 0);
        Assert.True(bench.Interrupt());
        Assert.Equal(1, bench.Callbacks);
    }

    [Fact]
    [Fires(18)]
    public void An_interrupt_for_no_queue_follows_NULL()
    {
        var guest = new VirtioGuest();
        Assert.Throws<NullPointerException>(() => guest.Get(() => guest.Virtio.Ring.VringInterrupt(Ptr<Virtqueue>.Null)));
    }

    [Theory]
    [InlineData(Direct)]
    [InlineData(WithEvents)]
    public void The_host_interrupts_only_when_it_is_wanted(ulong features)
    {
        var bench = new Bench(8, features);
        Assert.True(Round(bench));
        bench.Ring.DisableCb(bench.Vq);
        Assert.False(Round(bench));
        Assert.True(bench.Get());
        Assert.True(bench.Get());
        Assert.True(bench.Ring.EnableCb(bench.Vq));
        Assert.True(Round(bench));
        Assert.False(bench.Ring.EnableCb(bench.Vq)); // there is more
        Assert.False(new Bench(8, Direct, callback: false) is { } silent && Round(silent));
    }

    [Fact]
    public void Events_spare_the_host_notifications()
    {
        var bench = new Bench(8, WithEvents);
        bench.Add();
        Assert.True(bench.Ring.KickPrepare(bench.Vq));
        bench.Add();
        Assert.False(bench.Ring.KickPrepare(bench.Vq)); // the host did not ask to be told again
        while (bench.Host.Take() is { } buffer) bench.Host.Give(buffer.Head, 0);
        bench.Add();
        Assert.True(bench.Ring.KickPrepare(bench.Vq));
    }

    [Fact]
    public void Unused_buffers_can_be_taken_back()
    {
        var bench = new Bench(8, Direct);
        bench.Add();
        bench.Add();
        Assert.Equal(bench.Data, bench.Ring.DetachUnusedBuf(bench.Vq));
        Assert.Equal(bench.Data, bench.Ring.DetachUnusedBuf(bench.Vq));
        Assert.True(bench.Ring.DetachUnusedBuf(bench.Vq).IsNull);
        Assert.Equal(8u, bench.Vq.Read().NumFree);
    }

    [Theory]
    [InlineData(256u, true, 0, 256u)]
    [InlineData(256u, true, 1, 128u)] // 256 entries need more than a page: halved until there is memory
    [InlineData(256u, false, 1, 0u)]
    [InlineData(48u, true, 0, 0u)] // not a power of two
    [InlineData(0u, true, 0, 0u)]
    public void A_ring_is_as_large_as_memory_allows(uint wanted, bool mayReduce, int failing, uint expected)
    {
        var guest = new VirtioGuest();
        var raw = new FakeDevice(guest.Kernel) { Features = Direct };
        var device = raw.Self = guest.Kernel.Heap.Allocate(raw).As<VirtioDevice>();
        guest.Kernel.Faults.Arm(AllocationKind.Pages, failing);
        var vq = guest.Get(() => guest.Virtio.Ring.CreateVirtqueue(0, wanted, 4096, device, mayReduce, _ => true, null, "q"));
        Assert.Equal(expected, vq.IsNull ? 0 : vq.Read().Num);
        if (vq.IsNull) return;
        guest.Run(() => guest.Virtio.Ring.DelVirtqueue(vq));
        Assert.Equal(0, guest.Kernel.Memory.LiveBlocks);
        Assert.Empty(device.Read().Vqs);
    }

    [Fact]
    public void The_layout_is_that_of_the_specification()
    {
        var vq = new Bench(256, Direct).Vq.Read();
        Assert.Equal(0u, vq.DescAddress % 4096);
        Assert.Equal(vq.DescAddress + 4096, vq.AvailAddress);
        Assert.Equal(vq.DescAddress + 8192, vq.UsedAddress);
    }

    [Fact]
    public void A_legacy_queue_is_big_endian()
    {
        var bench = new Bench(8, 0);
        bench.Add();
        Assert.Equal(1, bench.Guest.Kernel.Memory.Read16(bench.Vq.Read().AvailAddress + 2));
        Assert.Equal(0x1000ul, bench.Guest.Kernel.Memory.Read64(bench.Vq.Read().DescAddress));
    }

    [Fact]
    public void A_host_that_uses_a_deleted_ring_is_seen()
    {
        var bench = new Bench(8, Direct);
        bench.Add();
        bench.Guest.Run(() => bench.Ring.DelVirtqueue(bench.Vq));
        Assert.Equal(ViolationKind.DmaToFreed, Assert.Throws<ViolationException>(bench.Host.Take).Violation.Kind);
        Assert.Equal(ViolationKind.UseAfterFree, Assert.Throws<ViolationException>(() => bench.Add()).Violation.Kind);
    }

    private static bool Round(Bench bench)
    {
        bench.Add();
        return bench.Host.Give(bench.Host.Take()!.Head, 0);
    }

    /// <summary>The host reads the ring from its start, though it gave all buffers back.</summary>
    private static FakeBuffer? ReadAgain(Bench bench)
    {
        var vq = bench.Vq.Read();
        return new FakeQueue(bench.Guest.Kernel.Memory, bench.Vq, vq.DescAddress, vq.AvailAddress, vq.UsedAddress, vq.Num, false).Take();
    }
}
