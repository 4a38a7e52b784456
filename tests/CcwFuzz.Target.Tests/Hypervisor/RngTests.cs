using CcwFuzz.Target.Hypervisor.Devices.Rng;
using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Hypervisor;

public class RngTests
{
    private readonly Bench bench = new();
    private readonly VirtioCcwHostDevice device;
    private readonly GuestRing ring;

    public RngTests()
    {
        device = bench.Plug(DeviceType.Rng);
        ring = new GuestRing(bench, device.Id, 0, 8);
        GuestRing.Negotiate(bench, device.Id, 0);
        ring.SetUp();
    }

    private void Ready()
    {
        bench.Do(device.Id, VirtioCcwCommand.WriteStatus, 15);
        bench.Settle();
    }

    [Fact]
    public void Buffers_are_filled_with_the_pattern()
    {
        Ready();
        var first = bench.Memory.Allocate(100, "hwrng", 8);
        var second = bench.Memory.Allocate(8, "hwrng", 8);
        ring.Add(Piece.In(first, 100));
        ring.Add(Piece.In(second, 8));
        ring.Kick();
        Assert.Equal(2, ring.UsedIndex);
        Assert.Equal((0u, 100u), ring.UsedEntry(0));
        for (uint i = 0; i < 100; i++) Assert.Equal(HostRng.Pattern(i), bench.Memory.Read8(first + i));
        Assert.Equal(HostRng.Pattern(100), bench.Memory.Read8(second));
    }

    [Fact]
    public void Nothing_is_served_before_driver_ok()
    {
        ring.Add(Piece.In(bench.Memory.Allocate(8, "hwrng", 8), 8));
        ring.Kick();
        Assert.Equal(0, ring.UsedIndex);
        Ready(); // now what is there already
        Assert.Equal(1, ring.UsedIndex);
    }

    [Fact]
    public void A_request_survives_a_reset()
    {
        Ready();
        ring.Add(Piece.In(bench.Memory.Allocate(8, "hwrng", 8), 8));
        bench.Channel.NotifyHypercall(device.Id.Word, 0, 0);
        bench.Do(device.Id, VirtioCcwCommand.VdevReset); // measures the buffer, then forgets the ring
        bench.Memory.Free(ring.Used);
        bench.Settle();
        Assert.Equal(VirtioStatus.None, device.Virtio.Status);
    }

    [Fact]
    public void Unplug_drops_requests()
    {
        Ready();
        var buffer = bench.Memory.Allocate(8, "hwrng", 8);
        ring.Add(Piece.In(buffer, 8));
        bench.Channel.NotifyHypercall(device.Id.Word, 0, 0);
        bench.Host.Unplug(device);
        bench.Memory.Free(buffer);
        bench.Memory.Free(ring.Used);
        Assert.Null(Record.Exception(bench.Settle)); // filling it would meet what is freed
    }

    [Fact]
    public void A_stalled_source_fills_later()
    {
        Ready();
        bench.Host.Stall(device);
        ring.Add(Piece.In(bench.Memory.Allocate(8, "hwrng", 8), 8));
        ring.Kick();
        Assert.Equal(0, ring.UsedIndex);
        bench.Host.Complete(device);
        bench.Settle();
        Assert.Equal(1, ring.UsedIndex);
    }

    [Fact]
    public void Freed_buffer_is_a_finding()
    {
        Ready();
        var buffer = bench.Memory.Allocate(8, "hwrng", 8);
        ring.Add(Piece.In(buffer, 8));
        bench.Memory.Free(buffer);
        var found = Assert.Throws<ViolationException>(ring.Kick);
        Assert.Equal((ViolationKind.DmaToFreed, "hwrng"), (found.Violation.Kind, found.Violation.ObjectType));
        Assert.Equal("chr_read", found.Violation.Access!.Function);
    }
}
