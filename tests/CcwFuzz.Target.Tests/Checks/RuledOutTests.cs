using CcwFuzz.Target.Hypervisor;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using CcwFuzz.Target.Tests.Channel;
using Xunit;

namespace CcwFuzz.Target.Tests.Checks;

/// <summary>What nothing in the model can break, because of how one function is made.</summary>
public sealed class RuledOutTests
{
    [Fact]
    [Fires(48)]
    public void I48_a_second_revision_is_rejected_and_changes_nothing()
    {
        var bench = new Bench();
        var device = bench.Plug(DeviceType.Rng);
        bench.Do(device.Id, VirtioCcwCommand.SetVirtioRev, 0, 1, 0, 0);
        bench.Memory.Write16(Bench.Payload, 2);
        var again = bench.Run(device.Id, VirtioCcwCommand.SetVirtioRev, 4);
        Bench.AssertReject(in again);
        Assert.Equal(1, device.Revision);
    }

    [Fact]
    [Fires(51)]
    public void I51_a_block_that_was_used_is_zero_when_it_is_handed_out_again()
    {
        var world = new World();
        world.Reset();
        var memory = new GuestMemory(world);
        var pool = new CheckedHeap(world).Allocate(new DmaPool(memory, "a device"));
        pool.Write().Grow(1);
        var block = pool.Write().Allocate(8);
        memory.Write64(block, ulong.MaxValue);
        pool.Write().Free(block, 8);
        while (pool.Write().Allocate(8) is var next && next != block) Assert.NotEqual(0u, next);
        Assert.Equal(0u, memory.Read64(block));
    }

    [Fact]
    [Fires(54)]
    public void I54_an_index_that_is_given_back_twice()
    {
        var world = new World();
        world.Reset();
        var ida = new Ida(world, "virtio_index_ida");
        var index = ida.Allocate();
        ida.Free(index);
        Assert.Equal(ViolationKind.InvalidFree, Assert.Throws<ViolationException>(() => ida.Free(index)).Violation.Kind);
    }
}
