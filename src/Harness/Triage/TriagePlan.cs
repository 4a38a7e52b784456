using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>What triage works with.</summary>
internal sealed record TriagePlan
{
    /// <summary>Folder of the findings.</summary>
    public required string Findings { get; init; }

    /// <summary>Folder that minimized reproducers join, or null.</summary>
    public string? Regression { get; init; }

    /// <summary>Builds what is run.</summary>
    public required Func<Variant, FuzzTarget> NewTarget { get; init; }

    /// <summary>Builds it with a number of virtual CPUs.</summary>
    public required Func<Variant, int, FuzzTarget> NewSizedTarget { get; init; }
}
