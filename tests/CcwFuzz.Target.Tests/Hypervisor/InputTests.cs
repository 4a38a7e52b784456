using System.Buffers.Binary;
using System.Text;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Hypervisor.Devices.Input;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class InputTests
{
    private const int KeyEscape = 1;
    private const int NoSuchKey = 241;
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly HostInput keyboard;
    private readonly GuestRing events;
    private readonly GuestRing status;

    public InputTests()
    {
        device = bench.Plug(DeviceType.Input);
        keyboard = (HostInput)device.Virtio;
        events = new GuestRing(bench, device.Id, 0);
        status = new GuestRing(bench, device.Id, 1);
    }

    private void Ready()
    {
        GuestRing.Negotiate(bench, device.Id, 0);
        events.SetUp();
        status.SetUp();
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    private uint Buffer()
    {
        var address = bench.Memory.Allocate(8, "event", 8);
        events.Add(Piece.In(address, 8));
        return address;
    }

    private void Light(ushort type, ushort code, uint value)
    {
        var address = bench.Memory.Allocate(8, "status", 8);
        BinaryPrimitives.WriteUInt16LittleEndian(bench.Memory.Guest(address, 2), type);
        BinaryPrimitives.WriteUInt16LittleEndian(bench.Memory.Guest(address + 2, 2), code);
        BinaryPrimitives.WriteUInt32LittleEndian(bench.Memory.Guest(address + 4, 4), value);
        status.Add(Piece.Out(address, 8));
        status.Kick();
    }

    private (int Type, int Code, uint Value) Event(uint address) => (
        BinaryPrimitives.ReadUInt16LittleEndian(bench.Memory.Guest(address, 2)),
        BinaryPrimitives.ReadUInt16LittleEndian(bench.Memory.Guest(address + 2, 2)),
        BinaryPrimitives.ReadUInt32LittleEndian(bench.Memory.Guest(address + 4, 4)));

    /// <summary>A piece of the configuration, as the driver asks for it.</summary>
    private byte[] Ask(byte select, byte subsel)
    {
        bench.Do(device.Id, VirtioCcwCommand.WriteConf, select);
        bench.Do(device.Id, VirtioCcwCommand.WriteConf, select, subsel);
        Bench.AssertSuccess(bench.Run(device.Id, VirtioCcwCommand.ReadConf, 37));
        var bytes = bench.Memory.Guest(Bench.Payload, 37);
        return bytes[8..(8 + bytes[2])].ToArray();
    }

    [Fact]
    public void It_has_a_queue_for_events_and_one_for_lights() => Assert.Equal(
        (2, 64, 64, 37, 18),
        (keyboard.QueueCount, keyboard.Queue(0)!.Size, keyboard.Queue(1)!.Size, keyboard.ConfigLength, (int)keyboard.DeviceId));

    [Fact]
    public void Its_configuration_is_one_piece_at_a_time()
    {
        Ready();
        Assert.Equal("QEMU Virtio Keyboard\0", Encoding.ASCII.GetString(Ask(1, 0)));
        Assert.Empty(Ask(2, 0)); // no serial number
        Assert.Equal([6, 0, 0x27, 6, 1, 0, 1, 0], Ask(3, 0));
        Assert.Empty(Ask(0x11, 2)); // nothing that moves
        Assert.Equal([7], Ask(0x11, 0x11));
        Assert.Equal([0], Ask(0x11, 0x14));
        var keys = Ask(0x11, 1);
        Assert.Equal((29, 0xfe, 0x04), (keys.Length, (int)keys[0], (int)keys[28]));
    }

    [Fact]
    public void Only_a_modern_driver_can_use_it()
    {
        Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.ReadStatus, 1));
        bench.Memory.Guest(Bench.Payload, 4).Clear();
        Bench.AssertReject(bench.Run(device.Id, VirtioCcwCommand.SetVirtioRev, 4));
        Assert.Equal(-1, device.Revision);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 1, 0, 0);
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        Assert.Equal(1, device.Revision);
    }

    [Fact]
    public void A_key_is_pressed_and_released()
    {
        Ready();
        uint[] buffers = [Buffer(), Buffer(), Buffer(), Buffer(), Buffer()];
        bench.Host.Inject(device, KeyEscape - 1);
        Assert.Equal([(1, KeyEscape, 1u), (0, 0, 0u), (1, KeyEscape, 0u), (0, 0, 0u)], buffers[..4].Select(Event));
        Assert.Equal((4, (3u, 8u)), (events.UsedIndex, events.UsedEntry(3)));
    }

    [Fact]
    public void A_key_without_a_code_is_a_report_alone()
    {
        Ready();
        uint[] buffers = [Buffer(), Buffer()];
        bench.Host.Inject(device, NoSuchKey - 1);
        Assert.Equal(2, events.UsedIndex);
        Assert.Equal([(0, 0, 0u), (0, 0, 0u)], buffers.Select(Event));
    }

    [Fact]
    public void A_report_without_room_is_dropped_and_its_buffer_is_left()
    {
        Ready();
        Buffer();
        Buffer();
        var third = Buffer();
        bench.Host.Inject(device, KeyEscape - 1);
        Assert.Equal((2, 1, 0), (events.UsedIndex, keyboard.Dropped, keyboard.Queue(0)!.InUse));
        Buffer();
        bench.Host.Inject(device, KeyEscape);
        Assert.Equal((1, KeyEscape + 1, 1u), Event(third));
        Assert.Equal((4, 2), (events.UsedIndex, keyboard.Dropped));
    }

    [Fact]
    public void Keys_are_for_a_driver_that_is_ready()
    {
        Ready();
        Buffer();
        Buffer();
        bench.Do(device.Id, VirtioCcwCommand.VdevReset);
        bench.Memory.Free(events.Used);
        bench.Host.Inject(device, KeyEscape - 1);
        Assert.Equal(0, keyboard.Dropped);
    }

    [Fact]
    public void Lights_go_on_and_off()
    {
        Ready();
        Light(0x11, 0, 1);
        Light(0x11, 2, 1);
        Assert.Equal((5, 2, (1u, 8u)), (keyboard.Leds, status.UsedIndex, status.UsedEntry(1)));
        Light(0x11, 0, 0);
        Light(0x11, 9, 1);
        Assert.Equal(4, keyboard.Leds);
        Light(0x14, 0, 1);
        Assert.Equal(4, keyboard.Leds);
        Assert.Contains(bench.Traced(TraceKind.Log), line => line.Contains("unknown type 20", StringComparison.Ordinal));
    }

    [Fact]
    public void What_comes_and_goes_waits_for_a_back_end_that_is_stalled()
    {
        Ready();
        for (var i = 0; i < 4; i++) Buffer();
        bench.Host.Stall(device);
        bench.Host.Inject(device, KeyEscape - 1);
        Light(0x11, 1, 1);
        Assert.Equal((0, 0, 0), (events.UsedIndex, status.UsedIndex, keyboard.Leds));
        bench.Host.Complete(device);
        bench.Settle();
        Assert.Equal((4, 1, 2), (events.UsedIndex, status.UsedIndex, keyboard.Leds));
    }

    [Fact]
    public void Keys_that_wait_go_with_the_keyboard()
    {
        Ready();
        bench.Host.Stall(device);
        bench.Host.Inject(device, KeyEscape - 1);
        bench.Host.Unplug(device);
        bench.Host.Complete(device);
        Assert.Equal(0, keyboard.Dropped);
    }

    [Fact]
    public void A_change_of_the_configuration_is_only_said()
    {
        Assert.False(bench.Host.ConfigChange(device));
        Ready();
        Assert.True(bench.Host.ConfigChange(device));
    }
}
