using CcwFuzz.Target.Hypervisor.Devices.Blk;
using System.Buffers.Binary;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class DiskTests
{
    private const uint In = 0;
    private const uint Out = 1;
    private const uint Flush = 4;
    private const uint GetId = 8;
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly GuestRing ring;
    private readonly uint summary;

    public DiskTests()
    {
        device = bench.Plug(DeviceType.Blk);
        ring = new GuestRing(bench, device.Id, 0);
        GuestRing.Negotiate(bench, device.Id, (1UL << VirtioFeature.EventIdx) | (1UL << VirtioFeature.IndirectDesc));
        ring.SetUp();
        (_, summary) = GuestRing.SetAdapterIndicators(bench, device.Id);
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
        bench.Taken.Clear();
    }

    private uint Header(uint type, ulong sector)
    {
        var header = bench.Memory.Allocate(16, "virtblk_req", 8);
        var bytes = bench.Memory.Guest(header, 16);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, type);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], sector);
        return header;
    }

    private uint StatusByte()
    {
        var status = bench.Memory.Allocate(8, "status", 8);
        bench.Memory.Write8(status, 0xff);
        return status;
    }

    [Fact]
    public void Data_moves_both_ways()
    {
        var status = StatusByte();
        var data = bench.Memory.Allocate(1024, "bio", 512);
        ring.Add(Piece.Out(Header(In, 3), 16), Piece.In(data, 1024), Piece.In(status, 1));
        ring.Kick();
        Assert.Equal(0, bench.Memory.Read8(status));
        Assert.Equal((0u, 1025u), ring.UsedEntry(0));
        for (var i = 0; i < 1024; i++) Assert.Equal(DiskImage.Pattern((3 * 512) + i), bench.Memory.Read8(data + (uint)i));

        bench.Memory.Guest(data, 1024).Fill(0x5a);
        var writeStatus = StatusByte();
        ring.Add(Piece.Out(Header(Out, 4), 16), Piece.Out(data, 512), Piece.Out(data + 512, 512), Piece.In(writeStatus, 1));
        ring.Kick();
        Assert.Equal(0, bench.Memory.Read8(writeStatus));
        Assert.Equal((3u, 1u), ring.UsedEntry(1));
        var image = ((HostBlk)device.Virtio).Image;
        Assert.True(image.Read(4, 1024).IndexOfAnyExcept((byte)0x5a) < 0);
        Assert.Equal(DiskImage.Pattern(6 * 512), image.Read(6, 1)[0]);
    }

    [Theory]
    [InlineData(In, 127UL, 1024, (byte)1)] // beyond the end
    [InlineData(In, 0UL, 100, (byte)1)] // not a whole sector
    [InlineData(In, 127UL, 512, (byte)0)]
    [InlineData(77u, 0UL, 512, (byte)2)]
    [InlineData(GetId, 0UL, 20, (byte)0)]
    public void Status_of_requests(uint type, ulong sector, int length, byte expected)
    {
        var status = StatusByte();
        var data = bench.Memory.Allocate((uint)length, "bio", 8);
        ring.Add(Piece.Out(Header(type, sector), 16), Piece.In(data, length), Piece.In(status, 1));
        ring.Kick();
        Assert.Equal(expected, bench.Memory.Read8(status));
    }

    [Fact]
    public void Indirect_requests_and_flush()
    {
        var status = StatusByte();
        var table = bench.Memory.Allocate(64, "indirect", 16);
        ring.AddIndirect(table, Piece.Out(Header(Flush, 0), 16), Piece.In(status, 1));
        ring.Kick();
        Assert.Equal(0, bench.Memory.Read8(status));
        Assert.Equal((0u, 1u), ring.UsedEntry(0));
    }

    [Fact]
    public void A_stalled_disk_takes_nothing_until_completed()
    {
        var status = StatusByte();
        bench.Host.Stall(device);
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(status, 1));
        ring.Kick();
        Assert.Equal(0, ring.UsedIndex);
        bench.Host.Complete(device);
        Assert.Equal(1, ring.UsedIndex);
        Assert.Equal(0, bench.Memory.Read8(summary)); // the indicator follows in a host context of its own
        bench.Settle();
        Assert.Equal(1, bench.Memory.Read8(summary));
        Assert.Single(bench.Taken);
    }

    [Fact]
    public void Reset_serves_pending_kicks_first()
    {
        var status = StatusByte();
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(status, 1));
        bench.Channel.NotifyHypercall(device.Id.Word, 0, 0);
        Assert.Equal(0, ring.UsedIndex);
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Equal(1, ring.UsedIndex);
        Assert.Equal(1, bench.Memory.Read8(summary));
        bench.Memory.Free(ring.Used);
        bench.Settle(); // nothing is touched any more
    }

    [Fact]
    public void Unplug_serves_pending_kicks_first()
    {
        var status = StatusByte();
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(status, 1));
        bench.Channel.NotifyHypercall(device.Id.Word, 0, 0);
        bench.Host.Unplug(device);
        Assert.Equal(1, ring.UsedIndex);
        foreach (var area in new[] { ring.Desc, ring.Avail, ring.Used }) bench.Memory.Free(area);
        bench.Settle();
        Assert.False(bench.Host.ConfigChange(device));
    }

    [Fact]
    public void Freed_ring_is_a_finding()
    {
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(StatusByte(), 1));
        bench.Memory.Free(ring.Avail);
        var found = Assert.Throws<ViolationException>(ring.Kick);
        Assert.Equal((ViolationKind.DmaToFreed, "vring 0 avail"), (found.Violation.Kind, found.Violation.ObjectType));
        Assert.Equal("host/blk", found.Violation.AccessContext);
    }

    [Fact]
    public void Freed_buffer_is_a_finding()
    {
        var status = StatusByte();
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(status, 1));
        bench.Memory.Free(status);
        var found = Assert.Throws<ViolationException>(ring.Kick);
        Assert.Equal((ViolationKind.DmaToFreed, "status"), (found.Violation.Kind, found.Violation.ObjectType));
        Assert.Equal("virtio_blk_req_complete", found.Violation.Access!.Function);
    }

    [Fact]
    public void Broken_rings_need_a_reset()
    {
        ring.Publish(99);
        ring.Kick();
        Assert.True(device.Virtio.IsBroken);
        Assert.Equal((VirtioStatus)0x4f, device.Virtio.Status);
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(StatusByte(), 1));
        ring.Kick();
        Assert.Equal(0, ring.UsedIndex);
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.False(device.Virtio.IsBroken);
    }

    [Fact]
    public void Enlarging_a_ring_without_reset_aborts_the_host()
    {
        // The mapping still has the size of the small ring when the number of descriptors grows.
        var large = new GuestRing(bench, device.Id, 0, 256);
        large.SetUp();
        large.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(StatusByte(), 1));
        var found = Assert.Throws<ViolationException>(large.Kick);
        Assert.Equal(ViolationKind.HostAssert, found.Violation.Kind);
    }

    [Fact]
    public void A_kick_before_driver_ok_starts_the_data_plane()
    {
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 11);
        Assert.False(device.IsIoeventfdStarted);
        ring.Add(Piece.Out(Header(Flush, 0), 16), Piece.In(StatusByte(), 1));
        ring.Kick();
        Assert.True(device.IsIoeventfdStarted);
        Assert.Equal(1, ring.UsedIndex);
    }

    [Fact]
    public void Resize_changes_the_capacity()
    {
        Assert.True(bench.Host.ConfigChange(device));
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 57);
        Assert.Equal(96, bench.Memory.Read8(Bench.Payload));
    }

    [Fact]
    public void A_new_execution_finds_an_untouched_disk()
    {
        ((HostBlk)device.Virtio).Image.Write(5, 512).Fill(1);
        bench.World.Reset();
        bench.Memory.Reset();
        bench.Channel.Reset();
        bench.Host.Reset();
        var next = bench.Host.Plug(DeviceType.Blk, 1)!;
        Assert.Same(device, next);
        Assert.Equal(DiskImage.Pattern(5 * 512), ((HostBlk)next.Virtio).Image.Read(5, 1)[0]);
        Assert.Equal(VirtioStatus.None, next.Virtio.Status);
        Assert.Equal(0u, next.Id.Schid);
    }
}
