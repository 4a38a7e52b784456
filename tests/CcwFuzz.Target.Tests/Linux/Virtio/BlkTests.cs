using CcwFuzz.Target.Linux.Drivers.Block;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-blk and the block layer.</summary>
[Collection("serial")]
public class BlkTests
{
    [Theory]
    [InlineData(Offered.Transport)]
    [InlineData(1UL << VirtioFeature.Version1)]
    public void What_is_written_is_read(ulong transport)
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk { TransportFeatures = transport });
        var file = guest.Open()!;
        Assert.Equal("/dev/vda", file.Name);
        var data = new byte[2048];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)(i * 7);
        Assert.Equal(2048, guest.Get(() => file.Write(10, data, 2048)));
        var buffer = new byte[1024];
        Assert.Equal(1024, guest.Get(() => file.Read(12, buffer, 1024)));
        Assert.Equal(data[1024..], buffer);
    }

    [Fact]
    public void The_end_of_the_disk_is_the_end()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk(sectors: 16));
        var file = guest.Open()!;
        var buffer = new byte[2048];
        Assert.Equal(1024, guest.Get(() => file.Read(14, buffer, 2048)));
        Assert.Equal(0, guest.Get(() => file.Read(16, buffer, 512)));
        Assert.Equal(-Errno.ENOSPC, guest.Get(() => file.Write(16, buffer, 512)));
    }

    [Fact]
    public void An_open_disk_does_not_pin_the_device()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        var file = guest.Open()!;
        guest.Lose();
        guest.Unplug();
        Assert.True(guest.Raw.WasReleased);
        Assert.Equal(["struct gendisk", "struct request_queue", "struct virtio_blk"], Live(guest));
        Assert.Equal(0, guest.Get(() => file.Read(0, new byte[512], 512)));
        guest.Run(file.Close);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Null(guest.Open());
    }

    [Fact]
    public void Removal_waits_for_a_request_that_the_host_has()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        var (file, result) = (guest.Open()!, 0);
        guest.Transport.Stalls = true;
        guest.Run(async () => result = await file.Read(0, new byte[512], 512));
        guest.Unplug();
        Assert.Equal(2, guest.Stuck.Count);
        Assert.Contains(guest.Stuck, c => c.Site.Describe().Contains("blk_mq_freeze_queue_wait < del_gendisk", StringComparison.Ordinal));
        guest.Transport.Resume();
        guest.World.Scheduler.Run();
        Assert.Equal(512, result);
        Assert.True(guest.Raw.WasReleased);
        guest.Run(file.Close);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_request_that_a_lost_host_had_is_waited_for_without_end()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        var file = guest.Open()!;
        guest.Transport.Stalls = true;
        guest.Spawn(async () => await file.Read(0, new byte[512], 512));
        guest.World.Scheduler.Run();
        guest.Lose();
        guest.Unplug();
        guest.Settle();
        Assert.Equal(2, guest.Stuck.Count);
        Assert.False(guest.Raw.WasReleased);
    }

    [Fact]
    public void A_request_that_nobody_could_be_told_of_is_waited_for_without_end()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        var file = guest.Open()!;
        guest.Transport.IsLost = true;
        guest.Spawn(async () => await file.Read(0, new byte[512], 512));
        guest.Settle();
        Assert.Single(guest.Stuck);
        Assert.Equal(-Errno.EIO, guest.Get(() => file.Read(0, new byte[512], 512))); // the queue is broken now
    }

    [Fact]
    public void Requests_on_a_broken_queue_fail()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        var file = guest.Open()!;
        guest.Lose();
        Assert.Equal(-Errno.EIO, guest.Get(() => file.Read(0, new byte[512], 512)));
        guest.Unplug();
        guest.Run(file.Close);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_bogus_completion_breaks_the_queue()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        guest.Transport.GiveBogus(0, 63);
        guest.World.Scheduler.Run();
        Assert.True(guest.Virtio.Ring.IsBroken(guest.Transport.Queues[0].Vq));
    }

    [Fact]
    public void A_config_change_is_read_by_a_worker()
    {
        var guest = new VirtioGuest();
        var backend = new FakeBlk();
        guest.Plug(backend);
        var file = guest.Open()!;
        backend.SetCapacity(8);
        guest.Run(() => guest.Virtio.ConfigChanged(guest.Device));
        Assert.Equal(0, guest.Get(() => file.Read(8, new byte[512], 512)));
    }

    [Fact]
    public void A_config_change_during_probe_is_delivered_after_it()
    {
        var guest = new VirtioGuest();
        var probed = false;
        guest.StartPlug(new FakeBlk(), t => t.Stalls = true, _ => probed = true);
        guest.World.Scheduler.Run();
        Assert.False(probed); // the partition scan waits
        guest.Run(() => guest.Virtio.ConfigChanged(guest.Device));
        Assert.True(guest.Device.Read().ConfigChangePending);
        guest.Transport.Log.Clear();
        guest.Transport.Resume();
        guest.World.Scheduler.Run();
        Assert.True(probed);
        Assert.Equal(4, guest.Transport.Log.Count(l => l == "READ_CONF")); // geometry, and then the capacity
    }

    [Fact]
    public void Many_readers_share_a_small_ring()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk { TransportFeatures = 1UL << VirtioFeature.Version1 }, t => t.QueueSize = 4);
        var file = guest.Open()!;
        guest.Transport.Stalls = true;
        var done = 0;
        for (var i = 0; i < 6; i++)
        {
            var sector = (ulong)i;
            guest.Spawn(async () =>
            {
                var result = await file.Read(sector, new byte[512], 512);
                done += result;
            });
        }
        guest.World.Scheduler.Run();
        guest.Transport.Resume();
        guest.Settle();
        Assert.Equal(6 * 512, done);
        guest.Run(file.Close);
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Two_disks_have_names_of_their_own()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeBlk());
        guest.Plug(new FakeBlk());
        Assert.Equal(["/dev/vda", "/dev/vdb"], guest.Drivers.Nodes.Names);
        Assert.Equal("vdz", VirtioBlkDriver.DiskName("vd", 25));
        Assert.Equal("vdaa", VirtioBlkDriver.DiskName("vd", 26));
    }

    private static IEnumerable<string> Live(VirtioGuest guest) =>
        guest.Kernel.Heap.Live.Select(o => o.TypeName).Order(StringComparer.Ordinal);
}
