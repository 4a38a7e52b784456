using CcwFuzz.Target.Linux;
using CcwFuzz.Target.Linux.Cio;
using CcwFuzz.Target.Linux.Virtio;
using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;
using Xunit;

namespace CcwFuzz.Target.Tests.Linux.VirtioCcw;

/// <summary>Vectors of adapter interrupt bits are those of airq.c, with what is wrong there.</summary>
public sealed class AdapterVectorTests
{
    private const int Bits = 64;
    private readonly GuestKernel kernel;
    private readonly AdapterVector<Virtqueue> vector;

    public AdapterVectorTests()
    {
        var world = new World();
        world.Reset();
        kernel = new GuestKernel(world, new GuestMemory(world), null!, VariantCatalogue.Default);
        vector = NewVector();
    }

    [Fact]
    public void Bits_are_consecutive_and_the_first_that_fit()
    {
        Assert.Equal(0, vector.Allocate(3));
        Assert.Equal(3, vector.Allocate(5));
        vector.Free(1);
        Assert.Equal(8, vector.Allocate(2));
        Assert.Equal(1, vector.Allocate(1));
        Assert.Equal(-1, vector.Allocate(Bits - 9));
        Assert.Equal(10, vector.Allocate(Bits - 10));
        Assert.Equal(-1, vector.Allocate(1));
        Assert.Equal(Bits, vector.Used);
    }

    [Fact]
    public void Freeing_a_bit_clears_an_interrupt_that_is_left_over()
    {
        vector.Allocate(2);
        Set(vector, 0);
        Set(vector, 1);
        vector.Free(0);
        Assert.Equal(0x40, kernel.Memory.Read8(vector.Address));
    }

    [Fact]
    public void A_scan_finds_each_set_bit_once_and_clears_it()
    {
        vector.Allocate(40);
        foreach (var bit in (int[])[0, 7, 17, 39]) Set(vector, bit);
        var found = new List<int>();
        for (var bit = 0; (bit = vector.Scan(bit, vector.End)) >= 0;) found.Add(bit);
        Assert.Equal([0, 7, 17, 39], found);
        Assert.Equal(0UL, kernel.Memory.Read64(vector.Address));
    }

    [Fact]
    public void The_end_is_one_too_far_and_stays_there()
    {
        vector.Allocate(4);
        Assert.Equal(5, vector.End);
        for (var bit = 0; bit < 4; bit++) vector.Free(bit);
        Assert.Equal(5, vector.End);
    }

    [Fact]
    public void A_full_vector_scans_the_first_bit_behind_it()
    {
        var next = NewVector();
        vector.Behind = next.Address;
        vector.Allocate(Bits);
        Set(next, 0);
        Set(next, 1);
        Assert.Equal(Bits, vector.Scan(0, vector.End));
        Assert.Equal(0x40, kernel.Memory.Read8(next.Address));
        Assert.Equal(-1, vector.Scan(0, vector.End));
    }

    [Fact]
    public void The_pointer_behind_the_last_is_out_of_bounds()
    {
        Assert.True(vector.GetPointer(Bits - 1).IsNull);
        var found = Assert.Throws<ViolationException>(() => vector.GetPointer(Bits));
        Assert.Equal((ViolationKind.OutOfBounds, "struct airq_iv"), (found.Violation.Kind, found.Violation.ObjectType));
    }

    private AdapterVector<Virtqueue> NewVector() => new(kernel, kernel.Memory.Allocate(Bits / 8, "vector", Bits / 8), Bits);

    private void Set(AdapterVector<Virtqueue> where, int bit)
    {
        var at = where.Address + ((uint)bit / 8);
        kernel.Memory.Write8(at, (byte)(kernel.Memory.Read8(at) | (0x80 >> (bit & 7))));
    }
}
