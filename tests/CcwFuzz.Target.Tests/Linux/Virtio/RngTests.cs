using CcwFuzz.Target.Linux.Drivers.Random;
using CcwFuzz.Target.Linux.Drivers;
using CcwFuzz.Target.Simulation;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.Virtio;

/// <summary>virtio-rng and the core of random generators.</summary>
[Collection("serial")]
public class RngTests
{
    [Fact]
    public void Random_numbers_come_from_the_host()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng { Chunk = 64 });
        var file = guest.Open()!;
        Assert.Equal("/dev/hwrng", file.Name);
        var buffer = new byte[600];
        Assert.Equal(600, guest.Get(() => file.Read(0, buffer, 600)));
        Assert.True(buffer.Distinct().Count() > 200);
    }

    /// <summary>
    /// copy_data() of 6.1.192 compares the index of what was read with what remains, not with what came: after a read of a part
    /// (the 32 bytes of add_early_randomness() suffice) bytes are left over without a request at the host, and a reader waits.
    /// </summary>
    [Fact]
    public void A_reader_can_wait_although_bytes_remain()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng());
        var (file, result) = (guest.Open()!, -1);
        guest.Run(async () => result = await file.Read(0, new byte[600], 600));
        Assert.Equal(-1, result);
        Assert.Single(guest.Stuck);
        guest.Unplug();
        Assert.True(result <= 0 || result % 64 == 0);
        Assert.Empty(guest.Stuck);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void The_thread_takes_one_buffer_and_a_second_one_waits()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng());
        Assert.Equal(2, guest.Transport.Queues[0].UsedIdx);
        Assert.Empty(guest.Stuck);
    }

    [Fact]
    public void An_open_node_does_not_pin_the_device()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng());
        var file = guest.Open()!;
        guest.Unplug();
        Assert.True(guest.Raw.WasReleased);
        Assert.True(guest.IsClean, guest.Leftovers);
        Assert.Equal(-Errno.ENODEV, guest.Get(() => file.Read(0, new byte[16], 16)));
        guest.Run(file.Close);
        Assert.Null(guest.Open());
    }

    [Fact]
    public void A_reader_that_waits_for_the_host_is_let_go()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng(), t => t.Stalls = true);
        var result = 1;
        var file = guest.Open()!;
        guest.Run(async () => result = await file.Read(0, new byte[16], 16));
        Assert.Equal(["hwrng", "test"], guest.Stuck.Select(c => c.Name).Order());
        guest.Lose();
        guest.Unplug();
        Assert.True(result <= 0);
        Assert.Empty(guest.Stuck);
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void Another_generator_takes_over()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng());
        var (first, firstRaw) = (guest.Device, guest.Raw);
        guest.Plug(new FakeRng());
        guest.Run(() => guest.Virtio.UnregisterVirtioDevice(first));
        Assert.True(firstRaw.WasReleased);
        var file = guest.Open()!;
        Assert.Equal(16, guest.Get(() => file.Read(0, new byte[16], 16)));
        guest.Unplug();
        Assert.True(guest.IsClean, guest.Leftovers);
    }

    [Fact]
    public void A_length_that_is_too_long_is_not_believed()
    {
        var guest = new VirtioGuest();
        guest.Plug(new FakeRng(), t => t.Stalls = true);
        guest.Transport.Queues[0].Give(guest.Transport.Queues[0].Held[0].Head, 100_000);
        guest.Transport.Queues[0].Held.Clear();
        guest.Run(() => Irq(guest));
        var file = guest.Open()!;
        guest.Transport.Resume();
        guest.Run(async () => await file.Read(0, new byte[1000], 1000));
        Assert.True(guest.Raw.Private.As<VirtioRng>().Read().DataIdx <= HwRandom.BufferSize);
    }

    private static async SimTask Irq(VirtioGuest guest) => await guest.Virtio.Ring.VringInterrupt(guest.Transport.Queues[0].Vq);
}
