using CcwFuzz.Target.Hypervisor.Devices.Blk;
using System.Buffers.Binary;
using System.Text;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class ScsiTests
{
    private const int Header = 51;
    private const int Reply = 108;
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly GuestRing control;
    private readonly GuestRing events;
    private readonly GuestRing requests;
    private readonly uint data;
    private uint reply;

    public ScsiTests()
    {
        device = bench.Plug(DeviceType.Scsi);
        control = new GuestRing(bench, device.Id, 0);
        events = new GuestRing(bench, device.Id, 1);
        requests = new GuestRing(bench, device.Id, 2);
        GuestRing.Negotiate(bench, device.Id, 6);
        foreach (var ring in new[] { control, events, requests }) ring.SetUp();
        GuestRing.SetAdapterIndicators(bench, device.Id);
        data = bench.Memory.Allocate(4096, "data");
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    private byte Response => bench.Memory.Read8(reply + 11);

    private byte Status => bench.Memory.Read8(reply + 10);

    private (byte Key, byte Asc) Sense => (bench.Memory.Read8(reply + 14), bench.Memory.Read8(reply + 24));

    private void Send(byte target, byte lun, ReadOnlySpan<byte> cdb, int into = 0, int from = 0)
    {
        var header = bench.Memory.Allocate(Header, "cmd", 8);
        var bytes = bench.Memory.Guest(header, Header);
        bytes[0] = 1;
        bytes[1] = target;
        bytes[3] = lun;
        cdb.CopyTo(bytes[19..]);
        reply = bench.Memory.Allocate(Reply, "resp", 8);
        if (from > 0) requests.Add(Piece.Out(header, Header), Piece.Out(data, from), Piece.In(reply, Reply));
        else if (into > 0) requests.Add(Piece.Out(header, Header), Piece.In(reply, Reply), Piece.In(data, into));
        else requests.Add(Piece.Out(header, Header), Piece.In(reply, Reply));
        requests.Kick();
    }

    private void ClearAttention() => Send(0, 0, [0x00, 0, 0, 0, 0, 0]);

    [Fact]
    public void Reset_is_reported_once()
    {
        Send(0, 0, [0x12, 0, 0, 0, 36, 0], into: 36);
        Assert.Equal((0, 0), (Response, Status));
        Assert.Equal("QEMU    QEMU HARDDISK   2.5+", Encoding.ASCII.GetString(bench.Memory.Guest(data + 8, 28)));
        ClearAttention();
        Assert.Equal((0, 2), (Response, Status));
        Assert.Equal((6, 0x29), Sense);
        Send(0, 0, [0x00, 0, 0, 0, 0, 0]);
        Assert.Equal((0, 0), (Response, Status));
        Assert.Equal((uint)Reply, requests.UsedEntry(2).Length);
    }

    [Fact]
    public void Other_targets_and_units_are_absent()
    {
        ClearAttention();
        Send(1, 0, [0x00, 0, 0, 0, 0, 0]);
        Assert.Equal(3, Response);
        Send(0, 1, [0x00, 0, 0, 0, 0, 0]);
        Assert.Equal((0, 2), (Response, Status));
        Assert.Equal((5, 0x25), Sense);
        Send(0, 1, [0x12, 0, 0, 0, 36, 0], into: 36);
        Assert.Equal((0, 0x7f), (Response, bench.Memory.Read8(data)));
    }

    [Fact]
    public void Units_and_capacity()
    {
        ClearAttention();
        Send(0, 0, [0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0], into: 256);
        Assert.Equal(8u, bench.Memory.Read32(data));
        Assert.Equal(240u, BinaryPrimitives.ReadUInt32LittleEndian(bench.Memory.Guest(reply + 4, 4)));
        Send(0, 0, [0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0], into: 8);
        Assert.Equal((127u, 512u), (bench.Memory.Read32(data), bench.Memory.Read32(data + 4)));
        Send(0, 0, [0x9e, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0], into: 32);
        Assert.Equal((127UL, 512u), (bench.Memory.Read64(data), bench.Memory.Read32(data + 8)));
        Send(0, 0, [0x1a, 0, 0x08, 0, 192, 0], into: 192);
        Assert.Equal((31, 0x08, 0x04), (bench.Memory.Read8(data), bench.Memory.Read8(data + 12), bench.Memory.Read8(data + 14)));
        Send(0, 0, [0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal((5, 0x20), Sense);
    }

    [Fact]
    public void Blocks_move_both_ways()
    {
        ClearAttention();
        bench.Memory.Guest(data, 1024).Fill(0x33);
        Send(0, 0, [0x2a, 0, 0, 0, 0, 7, 0, 0, 2, 0], from: 1024);
        Assert.Equal((0, 0), (Response, Status));
        Send(0, 0, [0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal((0, 0), (Response, Status));
        Send(0, 0, [0x28, 0, 0, 0, 0, 8, 0, 0, 2, 0], into: 1024);
        Assert.Equal(0x33, bench.Memory.Read8(data + 511));
        Assert.Equal(DiskImage.Pattern(9 * 512), bench.Memory.Read8(data + 512));
        Send(0, 0, [0x28, 0, 0, 0, 0, 127, 0, 0, 2, 0], into: 1024);
        Assert.Equal((5, 0x21), Sense);
        Send(0, 0, [0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0], into: 512);
        Assert.Equal(1, Response);
    }

    [Fact]
    public void Task_management()
    {
        var request = bench.Memory.Allocate(24, "tmf", 8);
        bench.Memory.Write8(request + 4, 5); // logical unit reset
        bench.Memory.Write8(request + 8, 1);
        var response = bench.Memory.Allocate(8, "tmf", 8);
        bench.Memory.Write8(response, 0xff);
        ClearAttention();
        control.Add(Piece.Out(request, 24), Piece.In(response, 1));
        control.Kick();
        Assert.Equal(0, bench.Memory.Read8(response));
        Send(0, 0, [0x00, 0, 0, 0, 0, 0]);
        Assert.Equal((6, 0x29), Sense);
    }

    [Fact]
    public void Events_use_the_buffers_that_wait()
    {
        ClearAttention();
        var buffer = bench.Memory.Allocate(16, "event", 8);
        events.Add(Piece.In(buffer, 16));
        events.Kick();
        Assert.Equal(0, events.UsedIndex);
        Assert.False(bench.Host.ToggleLun(device));
        Assert.Equal(1, events.UsedIndex);
        Assert.Equal((1, 1, 2), (bench.Memory.Read8(buffer), bench.Memory.Read8(buffer + 4), bench.Memory.Read8(buffer + 12)));
        Send(0, 0, [0x00, 0, 0, 0, 0, 0]);
        Assert.Equal(3, Response);

        Assert.True(bench.Host.ToggleLun(device)); // no buffer: missed
        events.Add(Piece.In(buffer, 16));
        events.Kick();
        Assert.Equal((2, 0x80), (events.UsedIndex, bench.Memory.Read8(buffer + 3)));
    }

    [Fact]
    public void Short_headers_break_the_device()
    {
        var header = bench.Memory.Allocate(8, "cmd", 8);
        requests.Add(Piece.Out(header, 8), Piece.In(header, 8));
        requests.Kick();
        Assert.True(device.Virtio.IsBroken);
    }
}
