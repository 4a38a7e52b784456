namespace CcwFuzz.Instrumentation;

/// <summary>How a probe counts. The build uses <see cref="Pointer"/>; the others are there to be measured against it.</summary>
internal enum ProbeShape
{
    /// <summary>Nothing is woven but the number of probes.</summary>
    None,

    /// <summary>An 8-bit counter per edge behind a pointer that the JIT knows as a constant; wraps at 256.</summary>
    Pointer,

    /// <summary>As <see cref="Pointer"/>, but a full counter stays at 255.</summary>
    Saturating,

    /// <summary>As <see cref="Pointer"/>, without a count: stores 1.</summary>
    Flag,

    /// <summary>As <see cref="Pointer"/>, with a counter at each basic block and none on edges: critical edges are not seen.</summary>
    Blocks,

    /// <summary>As <see cref="Pointer"/>, in the simulation's plumbing too.</summary>
    Everywhere,

    /// <summary>A counter in a managed array, with its bounds check.</summary>
    Array,
}
