using System.Runtime.InteropServices;

namespace CcwFuzz.Target.Simulation;

/// <summary>How often each edge of the code was taken: a counter of 8 bits per probe that the build wove in.</summary>
/// <remarks>
/// The counters wrap; a reader that wants orders of magnitude classifies them. Without woven probes the map is empty.
/// Static because a probe must be cheap: a process runs one execution at a time.
/// </remarks>
public static class EdgeMap
{
    /// <summary>The counters, for probes.</summary>
    internal static readonly byte[] Cells = new byte[WovenProbes()];

    /// <summary>Where the probes count; the JIT makes it a constant of the code.</summary>
    internal static readonly nint Address = Cells.Length == 0 ? 0 : GCHandle.Alloc(Cells, GCHandleType.Pinned).AddrOfPinnedObject();

    /// <summary>The counters.</summary>
    public static Span<byte> Counters => Cells;

    /// <summary>Forgets everything.</summary>
    public static void Reset() => Cells.AsSpan().Clear();

    /// <summary>Number of probes; the build puts the real one here.</summary>
    private static int WovenProbes() => 0;
}
