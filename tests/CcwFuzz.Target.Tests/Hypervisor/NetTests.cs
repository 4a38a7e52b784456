using CcwFuzz.Target.Hypervisor.Devices.Net;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class NetTests
{
    private const ulong Features = (1UL << VirtioFeature.EventIdx) | (1UL << 5) | (1UL << 15) | (1UL << 16) | (1UL << 17)
        | (1UL << 18) | (1UL << 21);
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly HostNet net;
    private readonly GuestRing receive;
    private readonly GuestRing transmit;
    private readonly GuestRing control;

    public NetTests()
    {
        device = bench.Plug(DeviceType.Net);
        net = (HostNet)device.Virtio;
        receive = new GuestRing(bench, device.Id, 0);
        transmit = new GuestRing(bench, device.Id, 1);
        control = new GuestRing(bench, device.Id, 2);
        GuestRing.Negotiate(bench, device.Id, Features);
        receive.SetUp();
        transmit.SetUp();
        control.SetUp();
        GuestRing.SetAdapterIndicators(bench, device.Id);
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    [Fact]
    public void Offers_what_a_back_end_without_offloads_leaves()
    {
        const ulong Own = (1UL << 2) | (1UL << 5) | (1UL << 6) | (1UL << 15) | (1UL << 16) | (1UL << 17) | (1UL << 18) | (1UL << 19)
            | (1UL << 20) | (1UL << 21) | (1UL << 23);
        Assert.Equal(Own | VirtioFeature.Common, net.HostFeatures);
        Assert.Equal(8, net.ConfigLength);
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 8);
        Assert.Equal([0x52, 0x54, 0, 0x12, 0x34, 0x56, 1, 0], bench.Memory.Guest(Bench.Payload, 8).ToArray());
    }

    [Fact]
    public void Modern_drivers_are_not_offered_gso()
    {
        bench.Run(device.Id, VirtioCcwCommand.ReadFeat, 5);
        Assert.Equal(0, bench.Memory.Read8(Bench.Payload) & (1 << 6));
    }

    [Fact]
    public void The_peer_swallows_packets()
    {
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Kick();
        Assert.Equal((1, 1), (transmit.UsedIndex, net.Swallowed));
        Assert.Equal((0u, 0u), transmit.UsedEntry(0));
    }

    [Fact]
    public void A_packet_of_a_stalled_peer_waits_and_others_behind_it()
    {
        bench.Host.Stall(device);
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Kick();
        Assert.Equal((0, 0), (transmit.UsedIndex, net.Swallowed));
        bench.Host.Complete(device);
        Assert.Equal((2, 2), (transmit.UsedIndex, net.Swallowed));
    }

    [Fact]
    public void A_reset_gives_the_packet_back_that_waits()
    {
        bench.Host.Stall(device);
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Kick();
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Equal((1, 0), (transmit.UsedIndex, net.Swallowed));
    }

    [Fact]
    public void An_unplug_gives_the_packet_back_that_waits()
    {
        bench.Host.Stall(device);
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Kick();
        bench.Host.Unplug(device);
        Assert.Equal(1, transmit.UsedIndex);
        foreach (var area in new[] { transmit.Desc, transmit.Avail, transmit.Used }) bench.Memory.Free(area);
        bench.Settle();
    }

    [Fact]
    public void A_freed_packet_is_a_finding()
    {
        var packet = Buffer(72);
        transmit.Add(Piece.Out(packet, 72));
        bench.Memory.Free(packet);
        var found = Assert.Throws<ViolationException>(transmit.Kick);
        Assert.Equal((ViolationKind.DmaToFreed, "host/net"), (found.Violation.Kind, found.Violation.AccessContext));
    }

    [Fact]
    public void A_packet_waits_for_a_buffer_and_for_a_kick()
    {
        net.SendPacket(Packet(0xff));
        Assert.Equal(0, receive.UsedIndex);
        var buffer = Buffer(256);
        receive.Add(Piece.In(buffer, 256));
        receive.Kick();
        Assert.Equal((0u, 72u), receive.UsedEntry(0));
        Assert.Equal((1, 0xff), (bench.Memory.Read8(buffer + 10), bench.Memory.Read8(buffer + 12)));
        net.SendPacket(Packet(0xff)); // no buffer
        Assert.Equal(1, receive.UsedIndex);
    }

    [Fact]
    public void Commands_set_the_filter()
    {
        for (var i = 0; i < 4; i++) receive.Add(Piece.In(Buffer(256), 256));
        net.SendPacket(Packet(0x10));
        Assert.Equal(1, receive.UsedIndex); // everything comes in at first
        Assert.Equal(0, Command(0, 0, 0));
        net.SendPacket(Packet(0x10));
        Assert.Equal(1, receive.UsedIndex);
        net.SendPacket(Packet(0xff));
        Assert.Equal(2, receive.UsedIndex);
        Assert.Equal(0, Command(1, 0, 1, 0, 0, 0, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0, 0, 0, 0));
        net.SendPacket(Packet(0x10));
        Assert.Equal(3, receive.UsedIndex);
        Assert.Equal(0, Command(0, 5, 1));
        net.SendPacket(Packet(0xff));
        Assert.Equal(3, receive.UsedIndex);
    }

    [Theory]
    [InlineData((byte)0, (byte)9)]
    [InlineData((byte)1, (byte)0)]
    [InlineData((byte)3, (byte)0)] // nothing was to be announced
    [InlineData((byte)77, (byte)0)]
    public void Other_commands_fail(byte group, byte command) => Assert.Equal(1, Command(group, command, 1, 2, 3));

    [Fact]
    public void The_link_goes_and_comes()
    {
        Assert.True(bench.Host.ConfigChange(device));
        Assert.False(net.IsLinkUp);
        transmit.Add(Piece.Out(Buffer(72), 72));
        transmit.Kick();
        Assert.Equal((1, 0), (transmit.UsedIndex, net.Swallowed));
        receive.Add(Piece.In(Buffer(256), 256));
        net.SendPacket(Packet(0xff));
        Assert.Equal(0, receive.UsedIndex);
        Assert.True(bench.Host.ConfigChange(device));
        Assert.True(net.IsLinkUp);
    }

    [Fact]
    public void A_link_that_goes_drops_what_waits()
    {
        transmit.Add(Piece.Out(Buffer(72), 72));
        bench.Channel.NotifyHypercall(device.Id.Word, 1, 0);
        bench.Host.ConfigChange(device);
        bench.Settle();
        Assert.Equal((1, 0), (transmit.UsedIndex, net.Swallowed));
    }

    [Fact]
    public void An_announcement_is_asked_for_until_acknowledged()
    {
        Assert.True(bench.Host.ConfigInterrupt(device));
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 8);
        Assert.Equal(3, bench.Memory.Read8(Bench.Payload + 6));
        Assert.Equal(0, Command(3, 0));
        bench.Run(device.Id, VirtioCcwCommand.ReadConf, 8);
        Assert.Equal(1, bench.Memory.Read8(Bench.Payload + 6));
    }

    [Fact]
    public void A_command_without_headers_breaks_the_device()
    {
        control.Add(Piece.In(Buffer(8), 1));
        control.Kick();
        Assert.True(net.IsBroken);
    }

    private static byte[] Packet(byte address)
    {
        var packet = new byte[60];
        packet.AsSpan(0, 6).Fill(address);
        return packet;
    }

    private uint Buffer(int size) => bench.Memory.Allocate((uint)size, "packet", 8);

    private byte Command(byte group, byte command, params ReadOnlySpan<byte> data)
    {
        var memory = Buffer(64);
        var status = Buffer(8);
        var bytes = bench.Memory.Guest(memory, 64);
        (bytes[0], bytes[1]) = (group, command);
        data.CopyTo(bytes[2..]);
        control.Add(Piece.Out(memory, 2 + data.Length), Piece.In(status, 1));
        control.Kick();
        return bench.Memory.Read8(status);
    }
}
