using System.Buffers.Binary;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-scsi, the SCSI midlayer and its disks.</summary>
[Collection("serial")]
public class ScsiTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeScsi());
        var file = guest.Open()!;
        Assert.Equal("/dev/sda", file.Name);
        var data = new byte[1024];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)(i * 3);
        Assert.Equal(1024, guest.Get(() => file.Write(4, data, 1024)));
        var buffer = new byte[512];
        Assert.Equal(512, guest.Get(() => file.Read(5, buffer, 512)));
        Assert.Equal(data[512..], buffer);
    }

    [Fact]
    public void Every_target_is_asked_and_the_disk_is_examined()
    {
        var guest = new VirtioGuest();
        var backend = new FakeScsi(targets: 4);
        guest.Plug(backend);
        // Four targets, one of which has a disk; its probe comes beside the scan.
        Assert.Equal(4, backend.Commands.Count(c => c == 0x12));
        Assert.Equal([0x00, 0x1a, 0x28, 0x9e, 0xa0], backend.Commands.Where(c => c != 0x12).Order().Select(c => (int)c));
    }

    [Fact]
    public void An_open_disk_pins_the_device_until_it_is_closed()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeScsi());
        var file = guest.Open()!;
        guest.Lose();
        guest.Transport.Log.Clear();
        guest.Unplug();
        Assert.False(guest.Raw.WasReleased);
        Assert.False(guest.Device.Read().IsRegistered);
        Assert.Contains("struct Scsi_Host", guest.Leftovers, StringComparison.Ordinal);
        Assert.Null(guest.Open());
        guest.Run(file.Close);
        Assert.True(guest.Raw.WasReleased);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Empty(guest.Stuck);
        Assert.Empty(guest.Transport.Log);
    }

    [Fact]
    public void The_disk_pins_its_device_only_while_it_is_open()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeScsi());
        var file = guest.Open()!;
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.Raw.WasReleased);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void The_cache_is_flushed_before_the_disk_goes()
    {
        var guest = new VirtioGuest();
        var backend = new FakeScsi();
        guest.Plug(backend);
        Assert.DoesNotContain((byte)0x35, backend.Commands);
        guest.Unbind();
        Assert.Equal(0x35, backend.Commands[^1]);
    }

    [Fact]
    public void Commands_on_a_broken_queue_end_at_once()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeScsi());
        var file = guest.Open()!;
        guest.Lose();
        Assert.Equal(-Errno.EIO, guest.Get(() => file.Read(0, new byte[512], 512)));
        Assert.Empty(guest.Stuck);
    }

    [Fact]
    public void A_command_that_a_lost_host_had_is_waited_for_without_end()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeScsi());
        var file = guest.Open()!;
        guest.Transport.Stalls = true;
        guest.Spawn(async () => await file.Read(0, new byte[512], 512));
        guest.World.Scheduler.Run();
        guest.Lose();
        guest.Unplug();
        guest.Settle();
        Assert.Equal(2, guest.Stuck.Count);
        Assert.Contains(guest.Stuck, c => c.Site.Describe().Contains("del_gendisk < sd_remove", StringComparison.Ordinal));
    }

    [Fact]
    public void A_disk_that_the_host_takes_away_goes_and_comes_back()
    {
        var guest = new VirtioGuest();
        var backend = new FakeScsi();
        guest.Plug(backend);
        var before = guest.Kernel.Heap.Live.Count;
        backend.HasDisk = false;
        Event(guest, reason: 2);
        Assert.Empty(guest.Drivers.Nodes.Names);
        Assert.True(guest.Kernel.Heap.Live.Count < before);
        backend.HasDisk = true;
        Event(guest, reason: 1);
        Assert.Equal(["/dev/sda"], guest.Drivers.Nodes.Names);
        Assert.Equal(before, guest.Kernel.Heap.Live.Count);
        Event(guest, reason: 0, what: 0x8000_0000); // events were missed: everything is asked again
        Assert.Equal(["/dev/sda"], guest.Drivers.Nodes.Names);
        backend.HasDisk = false;
        Event(guest, reason: 0, what: 0x8000_0000);
        Assert.Empty(guest.Drivers.Nodes.Names);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void An_end_that_nobody_understands_is_left_to_the_error_handler()
    {
        var guest = new VirtioGuest();
        var backend = new FakeScsi();
        guest.Plug(backend);
        var file = guest.Open()!;
        backend.Puzzling = 0x28;
        Assert.Equal(512, guest.Get(() => file.Read(0, new byte[512], 512)));
        Assert.Equal([0x28, 0x28], backend.Commands.TakeLast(2).Select(c => (int)c));
        guest.Settle();
        Assert.Empty(guest.Stuck);
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_scan_on_a_lost_host_ends()
    {
        var guest = new VirtioGuest();
        var result = -1;
        guest.StartPlug(new FakeScsi(targets: 8), t => t.Stalls = true, r => result = r);
        guest.World.Scheduler.Run();
        Assert.Single(guest.Stuck);
        guest.Run(() => guest.Virtio.BreakDevice(guest.Device));
        guest.Transport.Resume();
        guest.World.Scheduler.Run();
        // The completion came, but a broken queue is not read: the first INQUIRY is lost, and with it the scan.
        Assert.Single(guest.Stuck);
        Assert.Equal(-1, result);
    }

    private static void Event(VirtioGuest guest, uint reason, uint what = 1)
    {
        var data = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(data, what);
        (data[4], data[5], data[6], data[7]) = (1, 0, 0, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(12), reason);
        guest.Transport.GiveHeld(1, data);
        guest.Settle();
    }
}
