using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Findings;

/// <summary>Names of what runs, with its switches and its host, and what a record about one stack says about another.</summary>
internal static class StackName
{
    /// <summary>The variant with its switches and what about the host is not the default, e.g. "hardened+H32@deferred".</summary>
    public static string Of(Variant variant)
    {
        string[] host =
        [
            variant.Host == default ? "" : "@" + variant.HostName,
            variant.HostVersion == default ? "" : "@" + variant.HostVersionName,
            variant.Notify == default ? "" : "@" + variant.NotifyName,
        ];
        return variant + string.Concat(host);
    }

    /// <summary>The variant that a finding is filed under.</summary>
    public static Variant VariantOf(StoredFinding finding) =>
        VariantCatalogue.Resolve(
            finding.Variant ?? VariantCatalogue.DefaultVariant,
            finding.Host ?? VariantCatalogue.DefaultHost,
            finding.Defects,
            finding.Remedies,
            finding.HostVersion ?? VariantCatalogue.DefaultHostVersion,
            finding.Notify ?? VariantCatalogue.DefaultNotify);

    /// <summary>Whether what runs has all that the finding was filed with, and no remedy that it was not filed with.</summary>
    public static bool Covers(StoredFinding finding, Variant running)
    {
        var filed = VariantOf(finding);
        return !filed.DefectIds.Except(running.DefectIds).Any()
            && !Added(running).Except(Added(filed)).Any()
            && running.Host >= filed.Host
            && running.Notify >= filed.Notify;
    }

    /// <summary>How a record lists a stack: by the variant alone if all else is as in the record.</summary>
    public static string In(Variant filed, Variant variant)
    {
        var isLike = filed.DefectIds.SequenceEqual(variant.DefectIds) && Added(filed).SequenceEqual(Added(variant))
            && (filed.Host, filed.HostVersion, filed.Notify) == (variant.Host, variant.HostVersion, variant.Notify);
        return isLike ? variant.Name : Absolute(variant);
    }

    /// <summary>A name that no record means something else by: a bare one is relative to the record's switches and host.</summary>
    public static string Absolute(Variant variant) =>
        Of(variant) is var name && name == variant.Name ? $"{name}@{variant.HostName}" : name;

    /// <summary>The remedies that do not come with the variant's name.</summary>
    private static IEnumerable<string> Added(Variant variant) => variant.IsHardened ? [] : variant.RemedyIds;
}
