using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Output;

/// <summary>A variant by the names of its parts.</summary>
/// <param name="Variant">Lifetime regime.</param>
/// <param name="Host">How the host executes instructions.</param>
/// <param name="HostVersion">Which QEMU the host models.</param>
/// <param name="Notify">Who notifies the guest.</param>
/// <param name="Defects">Defects that are on.</param>
/// <param name="Remedies">Remedies that are on.</param>
internal sealed record VariantNames(
    string Variant, string Host, string HostVersion, string Notify, IReadOnlyList<string> Defects, IReadOnlyList<string> Remedies)
{
    /// <summary>The names of a variant.</summary>
    public static VariantNames Of(Variant variant) => new(
        variant.Name, variant.HostName, variant.HostVersionName, variant.NotifyName, [.. variant.DefectIds], [.. variant.RemedyIds]);
}
