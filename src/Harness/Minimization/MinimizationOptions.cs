using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Minimization;

/// <summary>How far a minimization goes.</summary>
internal sealed record MinimizationOptions
{
    /// <summary>Executions after which it stops with the smallest campaign so far.</summary>
    public int MaxExecutions { get; init; } = 2000;

    /// <summary>The variant to minimize on; that of the minimizer's target if null. Another one is refused.</summary>
    public Variant? Variant { get; init; }

    /// <summary>Asked before each execution: true ends it with the smallest campaign so far.</summary>
    public Func<bool> ShouldStop { get; init; } = () => false;
}
