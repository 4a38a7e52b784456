using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>One target a variant, built when it is needed first.</summary>
internal sealed class Targets(Func<Variant, FuzzTarget> newTarget)
{
    private readonly Dictionary<string, FuzzTarget> built = [];

    /// <summary>The target of a variant.</summary>
    public FuzzTarget Of(Variant variant)
    {
        var name = $"{variant}@{variant.HostText}";
        if (!built.TryGetValue(name, out var target)) built[name] = target = newTarget(variant);
        return target;
    }

    /// <summary>What a campaign does on each variant of the catalogue, with the switches and the host of one.</summary>
    /// <returns>The key for each, or null for clean; the default variant is first, one that the catalogue does not list last.</returns>
    public IReadOnlyList<(string Variant, string? Key)> Survey(Campaign campaign, Variant like)
    {
        var names = VariantCatalogue.Variants.Where(v => v.IsAvailable).Select(v => v.Name)
            .OrderBy(n => n != VariantCatalogue.DefaultVariant)
            .Append(like.Name).Distinct(); // hardened without a remedy
        return [.. names.Select(n => (n, Of(Like(like, n)).Run(campaign).Key))];
    }

    /// <summary>The same host and switches on another variant.</summary>
    public static Variant Like(Variant like, string name) => VariantCatalogue.Like(like, variant: name);
}
