using CcwFuzz.Target.Memory;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>A vector of adapter interrupt bits, each with a pointer (struct airq_iv, airq.c).</summary>
/// <typeparam name="T">What the pointers point to.</typeparam>
/// <param name="memory">The guest's RAM.</param>
/// <param name="address">Guest address of the bits; the leftmost bit of a byte is its first.</param>
/// <param name="bits">Number of bits.</param>
public sealed class AdapterVector<T>(GuestMemory memory, uint address, int bits) where T : HeapObject
{
    private readonly bool[] used = memory.World.Arrays.New<bool>(bits);
    private readonly Ptr<T>[] pointers = memory.World.Arrays.New<Ptr<T>>(bits);

    /// <summary>Guest address of the bits.</summary>
    public uint Address => address;

    /// <summary>One past the highest bit in use (airq_iv_end).</summary>
    public int End { get; private set; }

    /// <summary>Models airq_iv_alloc(): takes consecutive free bits.</summary>
    /// <returns>The first, or -1.</returns>
    public int Allocate(int count)
    {
        for (var first = 0; first + count <= bits; first++)
        {
            if (Array.IndexOf(used, true, first, count) >= 0) continue;
            Array.Fill(used, true, first, count);
            End = Math.Max(End, first + count);
            return first;
        }
        return -1;
    }

    /// <summary>Models airq_iv_free_bit().</summary>
    public void Free(int bit)
    {
        used[bit] = false;
        while (End > 0 && !used[End - 1]) End--;
    }

    /// <summary>Whether a bit is allocated.</summary>
    public bool IsUsed(int bit) => used[bit];

    /// <summary>Models airq_iv_set_ptr().</summary>
    public void SetPointer(int bit, Ptr<T> pointer) => pointers[bit] = pointer;

    /// <summary>Models airq_iv_get_ptr().</summary>
    public Ptr<T> GetPointer(int bit) => pointers[bit];

    /// <summary>Models airq_iv_scan(): finds the next set bit and clears it.</summary>
    /// <returns>The bit, or -1.</returns>
    public int Scan(int start, int end)
    {
        for (var bit = start; bit < end; bit++)
        {
            var at = address + ((uint)bit / 8);
            var mask = (byte)(0x80 >> (bit & 7));
            var value = memory.Read8(at);
            if ((value & mask) == 0) continue;
            memory.Write8(at, (byte)(value & ~mask));
            return bit;
        }
        return -1;
    }
}

/// <summary>Adapter interrupt handlers of a subclass, called where their summary indicator is on (airq.c).</summary>
public sealed class AdapterInterrupts
{
    private readonly Kernel k;
    private readonly List<(uint Summary, byte Isc, Func<SimTask> Handler)> handlers = [];

    /// <summary>Sets the interrupt vector.</summary>
    public AdapterInterrupts(Kernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        k = kernel;
        k.Scheduler.SetVector(InterruptClass.Adapter, DoAirqInterrupt);
    }

    /// <summary>Models register_adapter_interrupt(). The newest handler is asked first.</summary>
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
