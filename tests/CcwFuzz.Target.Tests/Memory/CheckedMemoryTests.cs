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
    public void ReadingAFreedObjectNamesAllocationFreeAndAccess()
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
    public void ComparingDanglingPointersTouchesNothing()
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
    public void FreeingTwiceIsADoubleFree()
    {
        var pointer = heap.Allocate(new Thing());
        heap.Free(pointer);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<ViolationException>(() => heap.Free(pointer)).Violation.Kind);
    }

    [Fact]
    public void FreeingNullIsAllowedAndFollowingItIsNot()
    {
        heap.Free(Ptr<Thing>.Null);
        Assert.Throws<NullPointerException>(() => Ptr<Thing>.Null.Read());
    }

    [Fact]
    public void AnAddressLeadsBackToItsObject()
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
    public void TheHostMayTouchRamButNotWhatTheGuestFreed()
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
    public void FreeingGuestMemoryTwiceOrAtTheWrongAddressIsSeen()
    {
        var block = memory.Allocate(64, "a block");
        Assert.Equal(ViolationKind.InvalidFree, Assert.Throws<ViolationException>(() => memory.Free(block + 8)).Violation.Kind);
        memory.Free(block);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<ViolationException>(() => memory.Free(block)).Violation.Kind);
    }

    [Fact]
    public void ResettingMemoryClearsBytesAndOwners()
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
    public void DestroyingAPoolWithABlockOutStopsTheKernel()
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
    public void APoolChecksItsFrees()
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
    public void AFullPoolRefusesAndReusesWhatWasFreed()
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
