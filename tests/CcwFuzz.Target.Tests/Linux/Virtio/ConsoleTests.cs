using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-console: ports, their files, and consoles.</summary>
[Collection("serial")]
public class ConsoleTests
{
    private const int Add = 1;
    private const int Remove = 2;
    private const int Ready = 3;
    private const int Console = 4;
    private const int Opened = 6;
    private readonly VirtioGuest guest = new();
    private readonly FakeConsole host = new();

    private void Plug() => Assert.Equal(0, guest.Plug(host, t => t.QueueSize = 4));

    private void Say(uint id, int what, int value)
    {
        guest.Transport.GiveHeld(2, FakeConsole.Message(id, what, value));
        guest.World.Scheduler.Run();
    }

    /// <summary>A port with somebody at its other end, opened.</summary>
    private OpenFile OpenPort()
    {
        Plug();
        Say(1, Add, 1);
        Say(1, Opened, 1);
        var file = guest.Open();
        Assert.NotNull(file);
        return file;
    }

    private void EndsClean(OpenFile? file = null)
    {
        if (file is not null) guest.Run(file.Close);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Empty(guest.Stuck);
    }

    [Fact]
    public void The_driver_asks_for_ports_when_it_is_ready()
    {
        Plug();
        Assert.Equal([(~0u, 0, 1)], host.Messages);
        Assert.Empty(guest.Drivers.Nodes.Names);
        Say(1, Add, 1);
        Assert.Equal(["/dev/vport0p1"], guest.Drivers.Nodes.Names);
        Assert.Equal((1u, Ready, 1), host.Messages[^1]);
        Say(7, Add, 1); // out of range: nothing
        Say(1, Add, 1); // there already: it only says so
        Assert.Single(guest.Drivers.Nodes.Names);
        Assert.Equal(3, host.Messages.Count);
        guest.Unplug();
        EndsClean();
    }

    [Fact]
    public void Bytes_go_both_ways()
    {
        var file = OpenPort();
        Assert.Equal((1u, Opened, 1), host.Messages[^1]);
        Assert.Equal(100, guest.Get(() => file.Write(0, new byte[100], 100)));
        Assert.Equal(100, host.Written.Count);
        guest.Transport.GiveHeld(4, [1, 2, 3]);
        guest.World.Scheduler.Run();
        var buffer = new byte[2];
        Assert.Equal(2, guest.Get(() => file.Read(0, buffer, 2)));
        Assert.Equal([1, 2], buffer);
        Assert.Equal(1, guest.Get(() => file.Read(0, buffer, 2)));
        Assert.Equal(3, buffer[0]);
        guest.Run(file.Close);
        Assert.Equal((1u, Opened, 0), host.Messages[^1]);
        guest.Unplug();
        EndsClean();
    }

    [Fact]
    public void One_process_opens_a_port()
    {
        var file = OpenPort();
        Assert.Null(guest.Open());
        guest.Run(file.Close);
        Assert.NotNull(guest.Open());
    }

    [Fact]
    public void What_comes_for_a_closed_port_is_thrown_away()
    {
        Plug();
        Say(1, Add, 1);
        Say(1, Opened, 1);
        guest.Transport.GiveHeld(4, [1, 2, 3]);
        guest.World.Scheduler.Run();
        var file = guest.Open()!;
        var result = 0;
        guest.Run(async () => result = await file.Read(0, new byte[8], 8));
        Assert.Single(guest.Stuck);
        Say(1, Opened, 0);
        Assert.Empty(guest.Stuck);
        Assert.Equal(0, result);
        guest.Unplug();
        EndsClean(file);
    }

    [Fact]
    public void A_reader_wakes_up_when_the_device_goes()
    {
        var file = OpenPort();
        var result = 0;
        guest.Run(async () => result = await file.Read(0, new byte[8], 8));
        Assert.Single(guest.Stuck);
        guest.Lose();
        guest.Unplug();
        Assert.Equal(-Errno.ENODEV, result);
        Assert.True(guest.Raw.WasReleased);
        Assert.Equal(["struct cdev", "struct port"], guest.Kernel.Heap.Live.Select(o => o.TypeName).Order(StringComparer.Ordinal));
        Assert.Equal(-Errno.ENODEV, guest.Get(() => file.Write(0, new byte[8], 8)));
        EndsClean(file);
    }

    [Fact]
    public void A_writer_waits_while_the_queue_is_full()
    {
        var file = OpenPort();
        guest.Transport.Stalls = true;
        var result = 0;
        guest.Run(async () => result = await file.Write(0, new byte[512], 512));
        Assert.Single(guest.Stuck);
        guest.Transport.Resume();
        guest.World.Scheduler.Run();
        Assert.Equal(512, result);
        Assert.Equal(512, host.Written.Count);
        guest.Unplug();
        EndsClean(file);
    }

    [Fact]
    public void A_port_that_is_removed_while_open_stays_until_the_close()
    {
        var file = OpenPort();
        Say(1, Remove, 1);
        Assert.Empty(guest.Drivers.Nodes.Names);
        Assert.Equal(-Errno.ENODEV, guest.Get(() => file.Read(0, new byte[8], 8)));
        Say(1, Add, 1);
        Say(1, Opened, 1);
        var messages = host.Messages.Count;
        var second = guest.Open();
        Assert.NotNull(second);
        guest.Run(file.Close);
        Assert.Equal(messages + 1, host.Messages.Count); // of the open alone: the old port tells nobody
        guest.Unplug();
        EndsClean(second);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(31)]
    public void Without_memory_probe_fails_and_leaves_nothing(int allocation)
    {
        var device = 0;
        guest.StartPlug(host, t => t.QueueSize = 4, r => device = r);
        guest.Kernel.Faults.Arm(AllocationKind.Heap, allocation);
        guest.World.Scheduler.Run();
        Assert.Null(guest.Device.Read().Driver);
        guest.Unplug();
        EndsClean();
    }

    [Fact]
    public void A_host_without_ports_has_a_console()
    {
        var old = new FakeConsole { IsMultiport = false };
        Assert.Equal(0, guest.Plug(old, t => t.QueueSize = 4));
        Assert.Equal(["/dev/vport0p0", "/dev/hvc0"], guest.Drivers.Nodes.Names);
        var file = guest.Open()!;
        Assert.Equal("/dev/hvc0", file.Name);
        Assert.Equal(5, guest.Get(() => file.Write(0, "hello"u8.ToArray(), 5)));
        Assert.Equal("hello"u8.ToArray(), old.Written);
        guest.Transport.GiveHeld(0, [1, 2, 3]);
        guest.World.Scheduler.Run();
        Assert.Equal(3, guest.Get(() => file.Read(0, new byte[8], 8)));
        guest.Transport.Log.Clear();
        guest.Run(() => guest.Virtio.ConfigChanged(guest.Device));
        Assert.Equal(["READ_CONF", "READ_CONF"], guest.Transport.Log);
        guest.Unplug();
        EndsClean(file);
    }

    [Fact]
    public void A_terminal_is_hung_up()
    {
        Plug();
        Say(0, Add, 1);
        Say(0, Console, 1);
        Assert.Equal((0u, Opened, 1), host.Messages[^1]);
        var file = guest.Open()!;
        var result = -1;
        guest.Run(async () => result = await file.Read(0, new byte[8], 8));
        Assert.Single(guest.Stuck);
        guest.Unplug();
        Assert.Equal(0, result);
        Assert.Equal(-Errno.EIO, guest.Get(() => file.Write(0, new byte[8], 8)));
        Assert.Null(guest.Open());
        EndsClean(file);
    }

    /// <summary>hvc_alloc() gives the number away that the old terminal still has: who opens it gets that one.</summary>
    [Fact]
    public void A_terminal_that_somebody_keeps_hides_the_next_console()
    {
        Plug();
        Say(0, Add, 1);
        Say(0, Console, 1);
        var file = guest.Open()!;
        Say(0, Remove, 1);
        Say(0, Add, 1);
        Say(0, Console, 1);
        Assert.Equal(["/dev/vport0p0", "/dev/hvc0"], guest.Drivers.Nodes.Names);
        Assert.Null(guest.Open());
        guest.Run(file.Close);
        var next = guest.Open();
        Assert.NotNull(next);
        guest.Unplug();
        EndsClean(next);
    }

    /// <summary>put_chars() frees its bytes though they are still in the queue that broke; remove_vqs() frees them as a buffer.</summary>
    [Fact]
    public void Output_in_a_queue_that_breaks_is_freed_twice()
    {
        Plug();
        Say(0, Add, 1);
        Say(0, Console, 1);
        var file = guest.Open()!;
        guest.Transport.Stalls = true;
        guest.Spawn(async () => await file.Write(0, new byte[8], 8));
        guest.World.Scheduler.Run(100);
        var violation = Assert.Throws<ViolationException>(guest.Unplug).Violation;
        Assert.Equal(ViolationKind.UseAfterFree, violation.Kind);
        Assert.Equal("free_buf", violation.Access!.Function);
        Assert.Equal("put_chars", violation.Free!.Function);
    }
}
