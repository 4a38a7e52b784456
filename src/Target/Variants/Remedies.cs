namespace CcwFuzz.Target.Variants;

/// <summary>The remedies that can be switched on. Guest and host code ask <see cref="Variant.Has"/> for them.</summary>
/// <remarks>A remedy is one static property with its switch, and its place in <see cref="All"/>.</remarks>
public static class Remedies
{
    /// <summary>All remedies, in the order of their identifiers.</summary>
    public static IReadOnlyList<Switch> All { get; } = [];
}
