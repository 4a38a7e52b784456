using CcwFuzz.Target.Hypervisor.Devices.Balloon;
using System.Buffers.Binary;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class BalloonTests
{
    private const ulong StatsFeature = 1 << 1;
    private const ulong PoisonFeature = 1 << 4;
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly HostBalloon balloon;
    private readonly GuestRing inflate;
    private readonly GuestRing stats;

    public BalloonTests()
    {
        device = bench.Plug(DeviceType.Balloon);
        balloon = (HostBalloon)device.Virtio;
        inflate = new GuestRing(bench, device.Id, 0);
        stats = new GuestRing(bench, device.Id, 2);
        GuestRing.Negotiate(bench, device.Id, StatsFeature | PoisonFeature);
        inflate.SetUp();
        stats.SetUp();
    }

    private void Ready()
    {
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    private Piece Pfns(params ReadOnlySpan<uint> pfns)
    {
        var address = bench.Memory.Allocate((uint)pfns.Length * 4, "pfns", 8);
        for (var i = 0; i < pfns.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bench.Memory.Guest(address + ((uint)i * 4), 4), pfns[i]);
        return Piece.Out(address, pfns.Length * 4);
    }

    private Piece Stat(ushort tag, ulong value)
    {
        var address = bench.Memory.Allocate(10, "stats", 8);
        BinaryPrimitives.WriteUInt16LittleEndian(bench.Memory.Guest(address, 2), tag);
        BinaryPrimitives.WriteUInt64LittleEndian(bench.Memory.Guest(address + 2, 8), value);
        return Piece.Out(address, 10);
    }

    private uint Config(int offset)
    {
        Bench.AssertSuccess(bench.Run(device.Id, VirtioCcwCommand.ReadConf, 16));
        return BinaryPrimitives.ReadUInt32LittleEndian(bench.Memory.Guest(Bench.Payload + (uint)offset, 4));
    }

    [Fact]
    public void It_offers_statistics_and_poisoning_on_three_queues()
    {
        Assert.Equal(VirtioFeature.Common | StatsFeature | PoisonFeature, balloon.HostFeatures);
        Assert.Equal((3, 16, 5), (balloon.QueueCount, balloon.ConfigLength, balloon.DeviceId));
        Assert.Equal(128, balloon.Queue(1)!.Size); // the one that was not set up
    }

    [Fact]
    public void The_target_is_configuration()
    {
        Assert.False(bench.Host.ConfigChange(device, 5)); // nobody is told before DRIVER_OK
        Assert.Equal(5u, Config(0));
        Ready();
        Assert.True(bench.Host.ConfigChange(device, 7));
        Assert.Equal((7u, 0u, 0u, 0u), (Config(0), Config(4), Config(8), Config(12)));
    }

    [Fact]
    public void The_guest_writes_what_it_has_and_its_poison()
    {
        byte[] written = [9, 0, 0, 0, 3, 0, 0, 0, 8, 0, 0, 0, 0xaa, 0, 0, 0];
        bench.Do(device.Id, VirtioCcwCommand.WriteConf, written);
        Assert.Equal(3u, balloon.Actual);
        Assert.Equal((0u, 3u, 0u, 0xaau), (Config(0), Config(4), Config(8), Config(12)));
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Equal((3u, 0u), (Config(4), Config(12)));
    }

    [Fact]
    public void Pages_are_discarded()
    {
        Ready();
        var contents = bench.Memory.Allocate(GuestMemory.PageSize, "page");
        bench.Memory.Write32(contents, 0x12345678);
        var heap = new CheckedHeap(bench.World);
        var page = heap.Allocate(new Page());
        bench.Memory.Frames.Add(page);
        inflate.Add(Pfns(contents / GuestMemory.PageSize, page.Read().Frame, 0x7fff_ffff));
        inflate.Kick();
        Assert.Equal((0u, 0u), inflate.UsedEntry(0));
        Assert.Equal(1, inflate.UsedIndex);
        Assert.Equal(0u, bench.Memory.Read32(contents));
        Assert.Contains(bench.Traced(TraceKind.Log), line => line.Contains("bad page 7fffffff", StringComparison.Ordinal));
    }

    [Fact]
    public void Discarding_a_freed_page_is_a_finding()
    {
        Ready();
        var heap = new CheckedHeap(bench.World);
        var page = heap.Allocate(new Page());
        bench.Memory.Frames.Add(page);
        inflate.Add(Pfns(page.Read().Frame));
        heap.Free(page);
        var found = Assert.Throws<ViolationException>(inflate.Kick);
        Assert.Equal((ViolationKind.DmaToFreed, "struct page"), (found.Violation.Kind, found.Violation.ObjectType));
        Assert.Equal("balloon_inflate_page", found.Violation.Access!.Function);
    }

    [Fact]
    public void Statistics_are_taken_before_driver_ok_and_kept_until_wanted()
    {
        Assert.False(bench.Host.RequestStats(device));
        stats.Add(Stat(6, 42));
        stats.Kick();
        Assert.Equal(0, stats.UsedIndex);
        Assert.Equal((42UL, ulong.MaxValue), (balloon.Stats[6], balloon.Stats[5]));
        Ready();
        Assert.True(bench.Host.RequestStats(device));
        Assert.Equal(1, stats.UsedIndex);
        Assert.False(bench.Host.RequestStats(device));
        stats.Add(Stat(5, 1));
        stats.Kick();
        Assert.Equal((1UL, ulong.MaxValue), (balloon.Stats[5], balloon.Stats[6]));
    }

    [Fact]
    public void A_second_buffer_of_statistics_returns_the_first()
    {
        Ready();
        var first = stats.Add(Stat(1, 1));
        stats.Kick();
        stats.Add(Stat(2, 2));
        stats.Kick();
        Assert.Equal(1, stats.UsedIndex);
        Assert.Equal(((uint)first, 0u), stats.UsedEntry(0));
    }

    [Fact]
    public void A_reset_forgets_the_statistics_it_held()
    {
        Ready();
        stats.Add(Stat(1, 1));
        stats.Kick();
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        bench.Memory.Free(stats.Used);
        Assert.False(bench.Host.RequestStats(device));
        Assert.Equal(0, balloon.Queue(2)!.InUse);
    }

    [Fact]
    public void A_stalled_balloon_inflates_later()
    {
        Ready();
        bench.Host.Stall(device);
        inflate.Add(Pfns(0x20));
        inflate.Kick();
        Assert.Equal(0, inflate.UsedIndex);
        bench.Host.Complete(device);
        bench.Settle();
        Assert.Equal(1, inflate.UsedIndex);
    }

    [Fact]
    public void There_is_only_one_balloon()
    {
        Assert.Null(bench.Host.Plug(DeviceType.Balloon, 0x1334));
        Assert.NotNull(bench.Host.Plug(DeviceType.Rng, 0x1334));
        bench.Host.Unplug(device);
        Assert.NotNull(bench.Host.Plug(DeviceType.Balloon, 0x1434));
    }

    [Fact]
    public void Other_devices_have_no_size_and_no_statistics()
    {
        var disk = bench.Plug(DeviceType.Blk, 0x1334);
        Assert.False(bench.Host.ConfigChange(disk, 1));
        Assert.False(bench.Host.RequestStats(disk));
    }
}
