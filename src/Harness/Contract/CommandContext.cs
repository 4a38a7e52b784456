using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Contract;

/// <summary>What a command works with.</summary>
/// <param name="Results">stdout.</param>
/// <param name="Log">stderr.</param>
/// <param name="NewTarget">Builds what is run.</param>
/// <param name="NewSizedTarget">Builds it with a number of virtual CPUs.</param>
internal sealed record CommandContext(
    TextWriter Results, TextWriter Log, Func<Variant, FuzzTarget> NewTarget, Func<Variant, int, FuzzTarget> NewSizedTarget)
{
    /// <summary>When the command began.</summary>
    public RunClock Clock { get; init; } = RunClock.FromNow();
}
