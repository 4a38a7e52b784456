using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Drivers.Input;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-input's driver, the input core and evdev.</summary>
[Collection("serial")]
public class InputTests
{
    private const ushort Key = 1;
    private const int EventSize = 24;
    private const int RepeatDelay = 250;
    private const int RepeatPeriod = 33;
    private readonly VirtioGuest guest = new();
    private readonly FakeInput keyboard = new();

    private VirtioInput Structure => guest.Raw.Private.As<VirtioInput>().Read();

    [Fact]
    public void It_asks_for_one_piece_after_the_other()
    {
        guest.Plug(keyboard);
        Assert.Equal("keys", string.Concat(Structure.Name.TakeWhile(b => b != 0).Select(b => (char)b)));
        var idev = Structure.Idev.Read();
        Assert.Equal([6, 1, 2, 3], idev.Ids);
        Assert.Equal([0xfe, 0xff, 0], idev.KeyBit[..3]);
        Assert.Equal(7, idev.LedBit[0]);
        Assert.Equal([true, true, false, true, true], new ushort[] { 0, 1, 2, 0x11, 0x14 }.Select(idev.Has));
        Assert.Equal(["/dev/input/event0"], guest.Drivers.Nodes.Names);
        Assert.Equal(64, guest.Transport.Queues[0].Held.Count);
    }

    [Fact]
    public void A_legacy_device_is_not_wanted()
    {
        guest.Plug(new FakeInput { Transport = 0 });
        Assert.Null(guest.Device.Read().Driver);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Whole_reports_reach_a_reader()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        var read = StartRead(file, sectors: 1);
        Press(5);
        Assert.Null(read.Value);
        Report();
        Assert.Equal(2 * EventSize, read.Value);
        Assert.Equal(64, guest.Transport.Queues[0].Held.Count); // the buffers went back
        Close(file);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_key_that_is_held_is_repeated_until_it_comes_up()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        Press(5);
        Report();
        Assert.True(guest.World.Scheduler.AdvanceToNextTimer());
        Assert.Equal(RepeatDelay, guest.World.Scheduler.Now);
        guest.World.Scheduler.Run();
        Assert.True(guest.World.Scheduler.AdvanceToNextTimer());
        Assert.Equal(RepeatDelay + RepeatPeriod, guest.World.Scheduler.Now);
        guest.World.Scheduler.Run();
        Give(Key, 5, 0);
        Report();
        Assert.False(guest.World.Scheduler.AdvanceToNextTimer());
        Assert.Equal(8 * EventSize, guest.Get(() => file.Read(0, new byte[512], 512)));
        Close(file);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_key_that_is_held_comes_up_when_the_keyboard_goes()
    {
        guest.Plug(keyboard);
        Press(5);
        Report();
        Assert.True(guest.World.Scheduler.AdvanceToNextTimer());
        guest.World.Scheduler.Run();
        guest.Unplug();
        Assert.False(guest.World.Scheduler.AdvanceToNextTimer());
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Unknown_keys_and_empty_reports_are_dropped()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        var read = StartRead(file, sectors: 1);
        Press(99);
        Report();
        Report();
        Assert.Null(read.Value);
        Assert.Equal("evdev_read", Assert.Single(guest.Stuck).Site.Function);
    }

    [Fact]
    public void A_reader_who_is_too_slow_is_told_so()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        for (var i = 0; i < 40; i++)
        {
            Give(Key, 5, (uint)(i + 1) % 2);
            Report();
        }
        // 80 events: the 64th found no room, so that it is left with a note that events were dropped, and 16 more came.
        Assert.Equal(18 * EventSize, guest.Get(() => file.Read(0, new byte[1024], 1024)));
    }

    [Fact]
    public void Lights_go_to_the_host_once_each_time_they_change()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        Assert.Equal(4 * EventSize, Write(file, sector: 0, sectors: 3));
        Assert.Equal([(0x11, 0, 1u), (0x11, 1, 1u), (0x11, 2, 1u)], keyboard.Status);
        Write(file, sector: 1, sectors: 1);
        Assert.Equal((0x11, 1, 0u), keyboard.Status[^1]);
        Write(guest.Open()!, sector: 2, sectors: 1); // is on already
        Assert.Equal(4, keyboard.Status.Count);
    }

    [Fact]
    public void Lights_that_the_host_has_not_taken_are_freed()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        guest.Transport.Stalls = true;
        Write(file, sector: 0, sectors: 3);
        Assert.Equal(3, guest.Kernel.Heap.Live.Count(o => o is StatusBuffer));
        guest.Unplug();
        Close(file);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_blocked_reader_gets_an_error_when_the_keyboard_goes()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        var read = StartRead(file, sectors: 1);
        guest.Lose();
        guest.Unplug();
        Assert.Equal(-Errno.ENODEV, read.Value);
        Assert.Equal(-Errno.ENODEV, Write(file, sector: 0, sectors: 1));
        Assert.Equal(
            ["struct evdev", "struct evdev_client", "struct input_dev", "struct input_value[]"],
            guest.Kernel.Heap.Live.Select(o => o.TypeName).Order());
        Close(file);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Empty(guest.Stuck);
    }

    [Fact]
    public void Without_memory_for_a_light_it_is_lost()
    {
        guest.Plug(keyboard);
        var file = guest.Open()!;
        guest.Kernel.Faults.Arm(AllocationKind.Heap, 1);
        Assert.Equal(3 * EventSize, Write(file, sector: 0, sectors: 2));
        Assert.Equal([(0x11, 1, 1u)], keyboard.Status);
    }

    [Fact]
    public void Without_memory_for_the_node_there_is_none()
    {
        guest.Kernel.Faults.Arm(AllocationKind.Heap, 13);
        guest.Plug(keyboard);
        Assert.Empty(guest.Drivers.Nodes.Names);
        Assert.NotNull(guest.Device.Read().Driver);
        Assert.Null(guest.Open());
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Every_allocation_of_a_process_may_fail()
    {
        guest.Plug(keyboard);
        guest.Kernel.Faults.Arm(AllocationKind.Heap, 1);
        Assert.Null(guest.Open());
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    private Result StartRead(OpenFile file, int sectors)
    {
        var result = new Result();
        guest.Spawn(async () => result.Value = await file.Read(0, new byte[sectors * 512], sectors * 512));
        guest.World.Scheduler.Run();
        return result;
    }

    private int Write(OpenFile file, int sector, int sectors) =>
        guest.Get(() => file.Write((ulong)sector, new byte[sectors * 512], sectors * 512));

    private void Close(OpenFile file) => guest.Run(() => file.Close());

    private void Press(ushort code) => Give(Key, code, 1);

    private void Report() => Give(0, 0, 0);

    private void Give(ushort type, ushort code, uint value)
    {
        guest.Transport.GiveHeld(0, FakeInput.Event(type, code, value));
        guest.World.Scheduler.Run();
    }

    private sealed class Result
    {
        public int? Value { get; set; }
    }
}
