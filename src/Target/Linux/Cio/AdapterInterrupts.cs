using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>A vector of adapter interrupt bits, each with a pointer (struct airq_iv, airq.c).</summary>
/// <remarks>
/// Linux's <c>iv->end</c> is one more than it should be: once the last bit was in use, scans and lookups go one bit, and one
/// pointer, beyond the vector. What lies behind the bits is the next vector of the pool, if there is one.
/// </remarks>
/// <typeparam name="T">What the pointers point to.</typeparam>
/// <param name="k">The guest.</param>
/// <param name="address">Guest address of the bits; the leftmost bit of a byte is its first.</param>
/// <param name="bits">Number of bits, a multiple of 8.</param>
public sealed class AdapterVector<T>(GuestKernel k, uint address, int bits) where T : HeapObject
{
    private const int GrowBy = 16;
    private readonly bool[] used = k.World.Arrays.New<bool>(bits);
    private Ptr<T>[] pointers = []; // grows: few are ever set

    /// <summary>Guest address of the bits.</summary>
    public uint Address => address;

    /// <summary>Guest address of the vector that lies directly behind this one; 0 if nobody's bits are there.</summary>
    public uint Behind { get; set; }

    /// <summary>Two past the highest bit that was ever in use (airq_iv_end): it grows, and in effect never shrinks.</summary>
    public int End { get; private set; }

    /// <summary>Bits that are allocated.</summary>
    public int Used => used.AsSpan().Count(true);

    /// <summary>Models airq_iv_alloc() within its caller: takes the first consecutive free bits.</summary>
    /// <returns>The first, or -1.</returns>
    public int Allocate(int count)
    {
        for (var first = Array.IndexOf(used, false); first >= 0 && first + count <= bits;)
        {
            var taken = Array.IndexOf(used, true, first, count);
            if (taken < 0)
            {
                Array.Fill(used, true, first, count);
                if (first + count >= End) End = first + count + (k.Variant.Has(Remedies.VectorEnd) ? 0 : 1);
                return first;
            }
            first = Array.IndexOf(used, false, taken);
        }
        return -1;
    }

    /// <summary>Models airq_iv_free_bit() within its caller: an interrupt that is left over goes as well.</summary>
    public void Free(int bit)
    {
        TestAndClear(bit);
        used[bit] = false;
    }

    /// <summary>Whether a bit is allocated.</summary>
    public bool IsUsed(int bit) => used[bit];

    /// <summary>Whether a bit's pointer points to something freed; for observers.</summary>
    internal bool HasDanglingPointer
    {
        get
        {
            foreach (var pointer in pointers)
                if (pointer.IsDangling) return true;
            return false;
        }
    }

    /// <summary>Models airq_iv_set_ptr() within its caller.</summary>
    public void SetPointer(int bit, Ptr<T> pointer)
    {
        if (bit >= pointers.Length)
        {
            if (pointer.IsNull) return;
            Array.Resize(ref pointers, Math.Min(bits, bit + GrowBy));
        }
        pointers[bit] = pointer;
    }

    /// <summary>Models airq_iv_get_ptr() within its caller.</summary>
    /// <exception cref="ViolationException">The bit is the one beyond the vector.</exception>
    public Ptr<T> GetPointer(int bit)
    {
        if (bit >= bits)
        {
            var message = $"read beyond the pointers of struct airq_iv in {k.Scheduler.Current.Site.Function}";
            k.World.Fail(ViolationKind.OutOfBounds, message, "struct airq_iv");
        }
        return bit < pointers.Length ? pointers[bit] : Ptr<T>.Null;
    }

    /// <summary>Models airq_iv_scan() within its caller: finds the next set bit and clears it.</summary>
    /// <returns>The bit, or -1.</returns>
    public int Scan(int start, int end)
    {
        for (var bit = start; bit < end; bit++)
        {
            // Most bytes have no bit set.
            if ((bit & 7) == 0 && bit + 8 <= Math.Min(end, bits) && k.Memory.Read8(address + ((uint)bit / 8)) == 0) bit += 7;
            else if (TestAndClear(bit)) return bit;
        }
        return -1;
    }

    private bool TestAndClear(int bit)
    {
        var at = bit < bits ? address + ((uint)bit / 8) : Behind;
        if (at == 0) return false;
        var mask = (byte)(0x80 >> (bit & 7));
        var value = k.Memory.Read8(at);
        if ((value & mask) == 0) return false;
        k.Memory.Write8(at, (byte)(value & ~mask));
        return true;
    }
}

/// <summary>Adapter interrupt handlers of a subclass, called where their summary indicator is on (airq.c).</summary>
public sealed class AdapterInterrupts
{
    private readonly GuestKernel k;
    private readonly List<(uint Summary, byte Isc, Func<SimTask> Handler)> handlers = [];

    /// <summary>Sets the interrupt vector.</summary>
    public AdapterInterrupts(GuestKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        k = kernel;
        k.Scheduler.SetVector(InterruptClass.Adapter, DoAirqInterrupt);
    }

    /// <summary>Models register_adapter_interrupt() within its caller. The newest handler is asked first.</summary>
    public void Register(uint summaryIndicator, byte isc, Func<SimTask> handler) => handlers.Insert(0, (summaryIndicator, isc, handler));

    /// <summary>Models do_airq_interrupt().</summary>
    private async SimTask DoAirqInterrupt(PendingInterrupt interrupt)
    {
        using var frame = k.Enter("do_airq_interrupt");
        for (var i = 0; i < handlers.Count; i++)
        {
            var (summary, isc, handler) = handlers[i];
            if (isc == interrupt.Key && k.Memory.Read8(summary) != 0) await handler();
        }
    }
}
