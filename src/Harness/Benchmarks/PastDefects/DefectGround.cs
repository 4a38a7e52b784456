using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>What a past defect is looked for on: hardened, less the remedies that make up for the defect.</summary>
/// <param name="Variant">Name of the variant.</param>
/// <param name="HostVersion">Which QEMU the host models.</param>
/// <param name="Reason">Why it is not plain hardened; empty if it is.</param>
internal sealed record DefectGround(string Variant, string HostVersion, string Reason)
{
    private const string New = "qnew";

    private static readonly DefectGround Usual = new(VariantCatalogue.HardenedVariant, VariantCatalogue.DefaultHostVersion, "");

    private static readonly Dictionary<string, DefectGround> Others = new()
    {
        ["H10"] = Without("R28", "the probe of a balloon deletes its queues when the first statistics are refused"),
        ["H11"] = Without("R20", "requests end though their queue is not broken: lost buffers are handed back"),
        ["H14"] = Without("R15", "indicator bits are given back whatever the device answers"),
        ["H19"] = Without("R13", "a subchannel is looked at again when it was unregistered"),
        ["H26"] = Without("R13", "a subchannel is looked at again when its device was unregistered"),
        ["H41a"] = Without("R61", "the reset of the subchannel, which disables it, resets the device too"),
        ["H41b"] = Without("R61", "a device that goes offline is disabled, and the host resets it"),
        ["H58a"] = On(New),
        ["H58b"] = On(New),
        ["H58c"] = On(New),
    };

    /// <summary>What a defect is looked for on.</summary>
    public static DefectGround Of(Switch defect) => Others.GetValueOrDefault(defect.Id, Usual);

    /// <summary>The defects that need something else than plain hardened.</summary>
    public static IEnumerable<string> Exceptions => Others.Keys;

    /// <summary>The variant with a defect, or without.</summary>
    public Variant Resolve(params string[] defects) =>
        VariantCatalogue.Resolve(Variant, defects: defects, hostVersion: HostVersion);

    private static DefectGround Without(string remedies, string reason) =>
        Usual with { Variant = $"{VariantCatalogue.HardenedVariant}-{remedies}", Reason = reason };

    private static DefectGround On(string hostVersion) =>
        Usual with { HostVersion = hostVersion, Reason = "QEMU 7.2 has it anyway" };
}
