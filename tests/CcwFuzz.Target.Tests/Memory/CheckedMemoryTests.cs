using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Tests.Checks;
using Xunit;

namespace CcwFuzz.Target.Tests.Memory;

public sealed class CheckedMemoryTests
{
    private readonly World world = new();
    private readonly CheckedHeap heap;
    private readonly GuestMemory memory;

    public CheckedMemoryTests()
    {
        world.Reset();
        heap = new CheckedHeap(world);
        memory = new GuestMemory(world);
    }

    [Fact]
    public void Reading_a_freed_object_names_allocation_free_and_access()
    {
        var pointer = In("alloc_it", () => heap.Allocate(new Thing()));
        In("free_it", () => heap.Free(pointer));
        var violation = Assert.Throws<ViolationException>(() => In("read_it", () => pointer.Read())).Violation;
        Assert.Equal(ViolationKind.UseAfterFree, violation.Kind);
        Assert.Equal("struct thing", violation.ObjectType);
        Assert.Equal(
            ("alloc_it", "free_it", "read_it"),
            (violation.Allocation!.Function, violation.Free!.Function, violation.Access!.Function));
    }

    [Fact]
    public void Comparing_dangling_pointers_touches_nothing()
    {
        var pointer = heap.Allocate(new Thing());
        var copy = pointer;
        heap.Free(pointer);
        Assert.True(pointer == copy);
        Assert.True(pointer.IsDangling);
        Assert.False(pointer.IsNull);
    }

    [Fact]
    [Fires(2)]
    public void Freeing_twice_is_a_double_free()
    {
        var pointer = heap.Allocate(new Thing());
        heap.Free(pointer);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<ViolationException>(() => heap.Free(pointer)).Violation.Kind);
    }

    [Fact]
    public void Freeing_NULL_is_allowed_and_following_it_is_not()
    {
        heap.Free(Ptr<Thing>.Null);
        Assert.Throws<NullPointerException>(() => Ptr<Thing>.Null.Read());
    }

    [Fact]
    public void An_address_leads_back_to_its_object()
    {
        var first = heap.Allocate(new Thing());
        var second = heap.Allocate(new Thing());
        Assert.True(heap.At<Thing>(second.Address) == second);
        Assert.True(heap.At<Thing>(first.Address) == first);
        Assert.True(heap.At<Thing>(12).IsNull);
        Assert.Equal(2, heap.Live.Count);
        heap.Free(first);
        Assert.Same(second.Read(), Assert.Single(heap.Live));
    }

    [Fact]
    public void The_host_may_touch_ram_but_not_what_the_guest_freed()
    {
        var block = memory.Allocate(64, "a block");
        Assert.True(memory.TryHostWrite(block, 64, out var written));
        written.Fill(0xab);
        Assert.True(memory.TryHostRead(block + 8, 4, out var read));
        Assert.Equal(0xababababu, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(read));
        Assert.False(memory.TryHostRead(GuestMemory.Size - 2, 4, out _));
        Assert.False(memory.TryHostRead(ulong.MaxValue, 1, out _));
        memory.Free(block);
        var violation = Assert.Throws<ViolationException>(() => memory.TryHostRead(block + 60, 1, out _)).Violation;
        Assert.Equal((ViolationKind.DmaToFreed, "a block"), (violation.Kind, violation.ObjectType));
    }

    [Fact]
    public void Freeing_guest_memory_twice_or_at_the_wrong_address_is_seen()
    {
        var block = memory.Allocate(64, "a block");
        Assert.Equal(ViolationKind.InvalidFree, Assert.Throws<ViolationException>(() => memory.Free(block + 8)).Violation.Kind);
        memory.Free(block);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<ViolationException>(() => memory.Free(block)).Violation.Kind);
    }

    [Fact]
    public void Resetting_memory_clears_bytes_and_owners()
    {
        var block = memory.Allocate(64, "a block");
        memory.Write64(block, ulong.MaxValue);
        memory.Free(block);
        memory.Reset();
        Assert.Equal(0UL, memory.Read64(block));
        Assert.True(memory.TryHostRead(block, 8, out _));
        Assert.Equal(block, memory.Allocate(64, "again"));
    }

    [Fact]
    public void Destroying_a_pool_with_a_block_out_stops_the_kernel()
    {
        var pool = heap.Allocate(new DmaPool(memory, "a device"));
        Assert.True(pool.Write().Grow(1));
        In("virtio_ccw_online", () => pool.Write().Allocate(24));
        var violation = Assert.Throws<ViolationException>(() => In("ccw_device_release", () => pool.Write().Destroy())).Violation;
        Assert.Equal(ViolationKind.Pool, violation.Kind);
        Assert.Equal(("gen_pool_destroy", "virtio_ccw_online"), (violation.Access!.Function, violation.Allocation!.Function));
    }

    [Fact]
    [Fires(7)]
    public void A_pool_checks_its_frees()
    {
        var pool = heap.Allocate(new DmaPool(memory, "a device"));
        pool.Write().Grow(1);
        var block = pool.Write().Allocate(24);
        Assert.Throws<ViolationException>(() => pool.Write().Free(block, 32));
        pool.Write().Free(block, 24);
        Assert.Equal(ViolationKind.Pool, Assert.Throws<ViolationException>(() => pool.Write().Free(block, 24)).Violation.Kind);
        Assert.Equal(ViolationKind.Pool, Assert.Throws<ViolationException>(() => pool.Write().Free(8, 8)).Violation.Kind);
        var late = Assert.Throws<ViolationException>(() => memory.TryHostWrite(block, 8, out _)).Violation;
        Assert.Equal(ViolationKind.DmaToFreed, late.Kind);
        pool.Write().Destroy();
    }

    [Fact]
    public void A_full_pool_refuses_and_reuses_what_was_freed()
    {
        var pool = heap.Allocate(new DmaPool(memory, "a device"));
        pool.Write().Grow(1);
        var first = pool.Write().Allocate(2048);
        Assert.NotEqual(0u, pool.Write().Allocate(2048));
        Assert.Equal(0u, pool.Write().Allocate(8));
        pool.Write().Free(first, 2048);
        Assert.Equal(first, pool.Write().Allocate(8));
    }

    private T In<T>(string function, Func<T> action)
    {
        using var frame = world.Enter(function);
        return action();
    }

    private void In(string function, Action action)
    {
        using var frame = world.Enter(function);
        action();
    }

    private sealed class Thing : HeapObject
    {
        public override string TypeName => "struct thing";
    }
}
