using CcwFuzz.Target.Hypervisor.Devices.Serial;
using System.Buffers.Binary;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

/// <summary>The serial adapter with its ports, driven by hand.</summary>
public class SerialTests
{
    private const int Multiport = 1;
    private const int DeviceReady = 0;
    private const int PortAdd = 1;
    private const int PortRemove = 2;
    private const int PortReady = 3;
    private const int ConsolePort = 4;
    private const int PortOpen = 6;
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly GuestRing controlIn;
    private readonly GuestRing controlOut;
    private readonly GuestRing input;
    private readonly GuestRing output;
    private readonly uint messages;
    private readonly uint data;

    public SerialTests()
    {
        device = bench.Plug(DeviceType.Serial);
        controlIn = new GuestRing(bench, device.Id, 2);
        controlOut = new GuestRing(bench, device.Id, 3);
        input = new GuestRing(bench, device.Id, 4);
        output = new GuestRing(bench, device.Id, 5);
        GuestRing.Negotiate(bench, device.Id, 1UL << Multiport);
        foreach (var ring in new[] { controlIn, controlOut, input, output }) ring.SetUp();
        GuestRing.SetAdapterIndicators(bench, device.Id);
        messages = bench.Memory.Allocate(16 * 8, "messages");
        data = bench.Memory.Allocate(4096, "data");
        for (var i = 0u; i < 12; i++) controlIn.Add(Piece.In(messages + (8 * i), 8));
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    private HostSerial Serial => (HostSerial)device.Virtio;

    private HostSerialPort Port => Serial.FindPort(1)!;

    /// <summary>What the host said, oldest first.</summary>
    private List<(uint Id, int Event, int Value)> Said
    {
        get
        {
            var said = new List<(uint, int, int)>();
            for (var i = 0u; i < controlIn.UsedIndex; i++)
            {
                var bytes = bench.Memory.Guest(messages + (8 * i), 8);
                said.Add((BinaryPrimitives.ReadUInt32LittleEndian(bytes), bytes[4], bytes[6]));
            }
            return said;
        }
    }

    private void Say(uint id, byte what, byte value)
    {
        var message = bench.Memory.Allocate(8, "message", 8);
        BinaryPrimitives.WriteUInt32LittleEndian(bench.Memory.Guest(message, 4), id);
        bench.Memory.Write8(message + 4, what);
        bench.Memory.Write8(message + 6, value);
        controlOut.Add(Piece.Out(message, 8));
        controlOut.Kick();
    }

    private bool Do(SerialPortAction action, int id = 1) => bench.Host.Port(device, action, id);

    private void Write(int length)
    {
        output.Add(Piece.Out(data, length));
        output.Kick();
    }

    [Fact]
    public void It_has_two_queues_for_each_port_and_two_of_its_own()
    {
        Assert.Equal(64, Serial.QueueCount);
        Assert.Equal((128, 32, 32, 128), (Size(0), Size(2), Size(3), Size(63)));
        Assert.Equal(12, Serial.ConfigLength);
        Assert.Equal(31, BinaryPrimitives.ReadInt32LittleEndian(Serial.ReadConfig()[4..]));
        int Size(int queue) => Serial.Queue(queue)!.DefaultSize;
    }

    [Fact]
    public void Ports_are_announced_when_they_come_and_when_the_driver_is_ready()
    {
        Assert.True(Do(SerialPortAction.Add));
        Assert.False(Do(SerialPortAction.Add));
        Assert.Equal([(1u, PortOpen, 1), (1u, PortAdd, 1)], Said);
        Say(~0u, DeviceReady, 1);
        Assert.Equal((1u, PortAdd, 1), Said[2]);
        Say(1, PortReady, 1);
        Assert.Equal((1u, PortOpen, 1), Said[3]);
        Assert.True(Do(SerialPortAction.Add, 0));
        Say(0, PortReady, 1);
        Assert.Equal([(0u, ConsolePort, 1), (0u, PortOpen, 1)], Said[6..]);
        Assert.True(Do(SerialPortAction.Remove));
        Assert.Equal((1u, PortRemove, 1), Said[8]);
        Assert.False(Do(SerialPortAction.Remove));
    }

    [Fact]
    public void The_guest_is_told_of_its_ports_when_the_adapter_goes()
    {
        Do(SerialPortAction.Add);
        bench.Host.Unplug(device);
        Assert.Equal((1u, PortRemove, 1), Said[^1]);
        Assert.Empty(Serial.Ports);
    }

    [Fact]
    public void Without_a_port_or_a_peer_bytes_are_thrown_away()
    {
        Write(10);
        Assert.Equal(1, output.UsedIndex);
        Do(SerialPortAction.Add);
        Do(SerialPortAction.Disconnect);
        Assert.Equal((1u, PortOpen, 0), Said[^1]);
        Write(10);
        Assert.Equal((2, 0ul), (output.UsedIndex, Port.Received));
        Do(SerialPortAction.Connect);
        Write(10);
        Assert.Equal((3, 10ul), (output.UsedIndex, Port.Received));
    }

    [Fact]
    public void A_peer_that_takes_nothing_throttles_its_port()
    {
        Do(SerialPortAction.Add);
        bench.Host.Stall(device);
        Write(10);
        Write(20);
        Assert.Equal((0, true), (output.UsedIndex, Port.IsThrottled));
        Say(1, PortReady, 1); // control messages are served all the same
        Assert.Equal(1, controlOut.UsedIndex);
        bench.Host.Complete(device);
        bench.Settle();
        Assert.Equal((2, 30ul, false), (output.UsedIndex, Port.Received, Port.IsThrottled));
    }

    [Fact]
    public void A_disconnect_drops_what_was_throttled()
    {
        Do(SerialPortAction.Add);
        bench.Host.Stall(device);
        Write(10);
        Write(20);
        Do(SerialPortAction.Disconnect);
        // The buffer that was begun never comes back; the other one does.
        Assert.Equal((1, false), (output.UsedIndex, Port.IsThrottled));
        Assert.Equal(1u, output.UsedEntry(0).Id);
    }

    [Fact]
    public void Bytes_for_the_guest_wait_until_it_has_the_port_open()
    {
        Do(SerialPortAction.Add);
        input.Add(Piece.In(data, 40));
        Do(SerialPortAction.Send);
        bench.Settle();
        Assert.Equal((0, 64), (input.UsedIndex, Port.Backlog));
        Say(1, PortOpen, 1);
        Assert.Equal((1, 24), (input.UsedIndex, Port.Backlog));
        Assert.Equal(HostSerial.Pattern(39), bench.Memory.Read8(data + 39));
        input.Add(Piece.In(data, 40));
        input.Kick();
        Assert.Equal((2, 0), (input.UsedIndex, Port.Backlog));
        Assert.Equal(24u, input.UsedEntry(1).Length);
    }

    [Fact]
    public void A_reset_forgets_who_had_ports_open()
    {
        Do(SerialPortAction.Add);
        Say(1, PortOpen, 1);
        bench.Host.Stall(device);
        Write(10);
        Assert.True(Port.GuestConnected);
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.False(Port.GuestConnected);
        bench.Host.Complete(device);
        bench.Settle();
        Assert.Equal((0, 0ul), (output.UsedIndex, Port.Received));
    }
}
