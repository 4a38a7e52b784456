using System.Runtime.InteropServices;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Engine.Native;

/// <summary>The custom mutator of AFL++: what eng/native/mutator.c hands on. A process has as many as it asks for.</summary>
internal static unsafe class MutatorExports
{
    private sealed class Instance(uint seed)
    {
        /// <summary>The mutator.</summary>
        public NativeMutator Mutator { get; } = new(seed);

        /// <summary>Its last output, which afl-fuzz reads until the next call.</summary>
        public byte* Output { get; } = (byte*)NativeMemory.Alloc(Campaign.MaxBytes);
    }

    /// <summary>afl_custom_init.</summary>
    /// <param name="seed">Where all choices come from.</param>
    /// <returns>A handle for the other calls.</returns>
    [UnmanagedCallersOnly]
    public static nint Init(uint seed) => GCHandle.ToIntPtr(GCHandle.Alloc(new Instance(seed)));

    /// <summary>afl_custom_fuzz and afl_custom_havoc_mutation.</summary>
    /// <returns>Bytes of the output; 0 if nothing fits.</returns>
    [UnmanagedCallersOnly]
    public static nuint Fuzz(nint handle, byte* input, nuint size, byte* partner, nuint partnerSize, byte** output, nuint most)
    {
        var instance = (Instance)GCHandle.FromIntPtr(handle).Target!;
        *output = instance.Output;
        var room = (int)Math.Min(most, Campaign.MaxBytes);
        return (nuint)instance.Mutator.Mutate(Bytes(input, size), Bytes(partner, partnerSize), new Span<byte>(instance.Output, room));
    }

    /// <summary>afl_custom_deinit.</summary>
    [UnmanagedCallersOnly]
    public static void Deinit(nint handle)
    {
        var owner = GCHandle.FromIntPtr(handle);
        NativeMemory.Free(((Instance)owner.Target!).Output);
        owner.Free();
    }

    private static ReadOnlySpan<byte> Bytes(byte* start, nuint size) => new(start, (int)Math.Min(size, Campaign.MaxBytes));
}
