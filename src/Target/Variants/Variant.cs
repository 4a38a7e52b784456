namespace CcwFuzz.Target.Variants;

/// <summary>Placeholder until the catalogue lands.</summary>
public sealed record Variant
{
    /// <summary>Name.</summary>
    public required string Name { get; init; }
}
