using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-net, interfaces, and packet sockets.</summary>
[Collection("serial")]
public class NetTests
{
    private const int HeaderSize = 12;
    private readonly VirtioGuest guest = new();
    private readonly FakeNet backend = new();

    [Fact]
    public void Going_up_sets_the_receive_mode_and_fills_the_receive_queue()
    {
        guest.Plug(backend);
        Assert.Empty(backend.Commands);
        var file = guest.Open()!;
        Assert.Equal("eth0", file.Name);
        Assert.Equal([(0, 0), (0, 1), (1, 0)], backend.Commands.Select(c => ((int)c.Class, (int)c.Command)));
        Assert.Equal(64, guest.Transport.Queues[0].Held.Count);
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Packets_go_out_with_a_header_before_them()
    {
        guest.Plug(backend);
        var file = guest.Open()!;
        guest.Settle();
        Assert.Equal(180, guest.Get(() => file.Write(0, Filled(1536, 7), 1536)));
        Assert.Equal(3, backend.Sent.Count);
        Assert.All(backend.Sent, p => Assert.Equal((60, 0xff, 7), (p.Length, p[0], p[14])));
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Packets_come_in_and_their_buffers_are_replaced()
    {
        guest.Plug(backend);
        var file = guest.Open()!;
        for (var i = 0; i < 40; i++)
        {
            guest.Transport.GiveHeld(0, Filled(HeaderSize + 60, 9));
            guest.World.Scheduler.Run();
        }
        var buffer = new byte[1024];
        Assert.Equal(120, guest.Get(() => file.Read(0, buffer, 1024)));
        Assert.Equal(9, buffer[512]);
        Assert.True(guest.Transport.Queues[0].Held.Count > 30);
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_reader_gives_up_after_some_time()
    {
        guest.Plug(backend);
        var (file, result) = (guest.Open()!, 0);
        guest.Run(async () => result = await file.Read(0, new byte[512], 512));
        Assert.Equal(0, result);
        guest.Settle();
        Assert.Equal(-Errno.EAGAIN, result);
    }

    [Fact]
    public void A_sender_waits_with_a_reference_until_the_interface_goes_down()
    {
        guest.Plug(backend);
        var (file, result) = (guest.Open()!, 0);
        guest.Settle();
        guest.Transport.Stalls = true;
        guest.Run(async () => result = await file.Write(0, new byte[4096], 4096));
        Assert.Equal("sock_alloc_send_pskb", Assert.Single(guest.Stuck).Site.Function);
        guest.Lose();
        guest.Unplug();
        Assert.Equal(4 * 60, result);
        Assert.Empty(guest.Stuck);
        Assert.True(guest.Raw.WasReleased);
        guest.Run(file.Close);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void The_error_ends_the_wait_of_one_sender_only()
    {
        guest.Plug(backend);
        var file = guest.Open()!;
        guest.Settle();
        guest.Transport.Stalls = true;
        for (var i = 0; i < 2; i++) guest.Spawn(async () => await file.Write(0, new byte[4096], 4096));
        guest.World.Scheduler.Run();
        guest.Lose();
        guest.Unplug();
        guest.Settle();
        Assert.Equal(
            ["netdev_wait_allrefs_any", "sock_alloc_send_pskb"],
            guest.Stuck.Select(c => c.Site.Function).Order(StringComparer.Ordinal));
        Assert.False(guest.Raw.WasReleased);
    }

    [Fact]
    public void A_command_without_an_answer_is_polled_for_until_the_queue_breaks()
    {
        guest.Plug(backend);
        backend.KeepsCommands = true;
        guest.Spawn(async () => await guest.Drivers.Nodes.Open(VirtioGuest.BusId));
        guest.World.Scheduler.Run(100);
        Assert.Contains(guest.World.Scheduler.Contexts, c => c.Site.Function == "virtnet_send_command");
        guest.Lose();
        Assert.DoesNotContain(guest.World.Scheduler.Contexts, c => c.Site.Function == "virtnet_send_command");
    }

    [Fact]
    public void A_command_that_is_never_answered_is_a_livelock()
    {
        guest.Plug(backend);
        guest.Settle();
        backend.KeepsCommands = true;
        var found = Assert.Throws<ViolationException>(() => guest.Open());
        Assert.Equal((ViolationKind.Livelock, "virtnet_send_command"), (found.Violation.Kind, found.Violation.State));
    }

    [Fact]
    public void Without_a_link_packets_are_dropped()
    {
        guest.Plug(backend);
        var file = guest.Open()!;
        backend.SetStatus(0);
        guest.Run(() => guest.Virtio.ConfigChanged(guest.Device));
        guest.Settle();
        Assert.Equal(60, guest.Get(() => file.Write(0, new byte[512], 512)));
        Assert.Empty(backend.Sent);
        backend.SetStatus(1);
        guest.Run(() => guest.Virtio.ConfigChanged(guest.Device));
        guest.Settle();
        guest.Get(() => file.Write(0, new byte[512], 512));
        Assert.Single(backend.Sent);
    }

    [Fact]
    public void An_announcement_is_acknowledged()
    {
        guest.Plug(backend);
        guest.Settle();
        backend.SetStatus(3);
        guest.Run(() => guest.Virtio.ConfigChanged(guest.Device));
        Assert.Equal(((byte)3, (byte)0), Assert.Single(backend.Commands));
    }

    [Fact]
    public void Buffers_that_the_host_still_has_are_freed_after_the_reset()
    {
        guest.Plug(backend);
        var file = guest.Open()!;
        guest.Settle();
        guest.Transport.Stalls = true;
        guest.Get(() => file.Write(0, new byte[1024], 1024));
        guest.Unbind();
        Assert.Equal(["struct fake_virtio_device", "struct packet_sock"], Live());
        guest.Run(file.Close);
        Assert.Equal(["struct fake_virtio_device"], Live());
    }

    [Fact]
    public void Short_memory_is_made_good_by_a_worker()
    {
        guest.Plug(backend);
        guest.Kernel.Faults.Arm(CcwFuzz.Target.Linux.Kernel.AllocationKind.Pages, 1);
        var file = guest.Open()!;
        guest.Settle();
        Assert.Equal(64, guest.Transport.Queues[0].Held.Count);
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(20)]
    public void A_probe_without_memory_leaves_nothing(int allocation)
    {
        guest.Kernel.Faults.Arm(CcwFuzz.Target.Linux.Kernel.AllocationKind.Heap, allocation);
        guest.Plug(backend);
        guest.Kernel.Faults.Reset();
        guest.Settle();
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Two_interfaces_have_names_of_their_own()
    {
        guest.Plug(backend);
        guest.Plug(new FakeNet());
        Assert.Equal(["eth0", "eth1"], guest.Drivers.Nodes.Names);
    }

    private IEnumerable<string> Live() => guest.Kernel.Heap.Live.Select(o => o.TypeName).Order(StringComparer.Ordinal);

    private static byte[] Filled(int length, byte value)
    {
        var data = new byte[length];
        Array.Fill(data, value);
        return data;
    }
}
