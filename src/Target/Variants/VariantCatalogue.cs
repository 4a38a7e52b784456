namespace CcwFuzz.Target.Variants;

/// <summary>Everything that can be chosen about the stack, in one place.</summary>
public static class VariantCatalogue
{
    /// <summary>The variant that is run when nothing is asked for.</summary>
    public const string DefaultVariant = "mainline";

    /// <summary>The host that is run when nothing is asked for.</summary>
    public const string DefaultHost = "bql";

    /// <summary>The host version that is run when nothing is asked for.</summary>
    public const string DefaultHostVersion = "q72";

    /// <summary>The way of notifying that is run when nothing is asked for.</summary>
    public const string DefaultNotify = "bql";

    /// <summary>Name of the variant with every remedy; it is there as soon as there is a remedy.</summary>
    public const string HardenedVariant = "hardened";

    private static readonly CatalogueEntry[] Regimes =
    [
        new("pre-dma", "Channel program buffers come from kzalloc; nothing that virtio_ccw frees late needs the ccw device.",
            "Linux up to v5.2; device-stack.md 1.4, A"),
        new("unpinned", "Buffers come from the ccw device's DMA pool, and nothing keeps the device alive for them.",
            "Linux v5.3 to v5.15 (48720ba56891); device-stack.md 1.4, B"),
        new("mainline", "Each block of the DMA pool holds a reference to its ccw device.",
            "Linux since v5.16 (ad9a14517263); device-stack.md 1.4, C"),
        new("driver-pin", "virtio_ccw_online takes a reference to the ccw device that virtio_ccw_release_dev drops.",
            "patch of 2021-09-15, never merged; device-stack.md 1.4, D"),
    ];

    private static readonly CatalogueEntry Hardened =
        new(HardenedVariant, "mainline with every remedy switched on.", "the remedies of this catalogue");

    /// <summary>The variants by name; the first four are the lifetime regimes in the order of <see cref="Lifetime"/>.</summary>
    public static IReadOnlyList<CatalogueEntry> Variants { get; } = Remedies.All.Count > 0 ? [.. Regimes, Hardened] : Regimes;

    /// <summary>The hosts by name, in the order of <see cref="HostModel"/>.</summary>
    public static IReadOnlyList<CatalogueEntry> Hosts { get; } =
    [
        new("bql", "Instructions are atomic, and channel programs complete within SSCH.", "QEMU 7.2; device-stack.md 6"),
        new("deferred", "Channel programs complete some time after SSCH, as the architecture allows.",
            "z/Architecture, chapter 14"),
    ];

    /// <summary>The host versions by name, in the order of <see cref="HostVersion"/>.</summary>
    public static IReadOnlyList<CatalogueEntry> HostVersions { get; } =
    [
        new("q72", "QEMU 7.2.", "QEMU 7.2; device-stack.md 6.4"),
        new("qnew", "Rejects setting indicators twice and adapter subclasses above 7; READ_CONF has its residual count.",
            "QEMU after 7.2; device-stack.md 6.4, last column"),
    ];

    /// <summary>Who notifies the guest of used buffers, in the order of <see cref="NotifyModel"/>.</summary>
    public static IReadOnlyList<CatalogueEntry> Notifications { get; } =
    [
        new("bql", "Indicator, summary and adapter interrupt are one step under the big lock.", "QEMU 7.2; device-stack.md 6.4"),
        new("outside-bql", "Each is a step of its own, taken by an iothread or vhost at any time.",
            "irqfd, set_adapter_int() of KVM; device-stack.md 9, item 10"),
    ];

    /// <summary>The default: mainline on QEMU, nothing switched on.</summary>
    public static Variant Default { get; } = Resolve();

    /// <summary>Makes a variant out of names.</summary>
    /// <remarks>"hardened-R05" is hardened without the remedy R05; the remedies of hardened cannot be added to.</remarks>
    /// <exception cref="VariantException">A name is unknown, or this build cannot run it.</exception>
    public static Variant Resolve(
        string variant = DefaultVariant,
        string host = DefaultHost,
        IEnumerable<string>? defects = null,
        IEnumerable<string>? remedies = null,
        string hostVersion = DefaultHostVersion,
        string notify = DefaultNotify)
    {
        var (name, without) = Ablated(variant);
        var entry = Find("variant", name, Variants);
        var model = (HostModel)IndexOf(Hosts, Find("host", host, Hosts));
        var version = (HostVersion)IndexOf(HostVersions, Find("hostVersion", hostVersion, HostVersions));
        var notifies = (NotifyModel)IndexOf(Notifications, Find("notify", notify, Notifications));
        var chosen = new List<Switch>();
        Choose("defects", "defect", defects ?? [], Defects.All, chosen);
        Choose("remedies", "remedy", remedies ?? [], Remedies.All, chosen);
        if (entry.Name == HardenedVariant) chosen = [.. chosen.Where(s => !s.IsRemedy), .. Remedies.All.Where(r => !without.Contains(r))];
        var lifetime = entry.Name == HardenedVariant ? Lifetime.Mainline : (Lifetime)IndexOf(Variants, entry);
        Switch[] switches = [.. Defects.All.Where(chosen.Contains), .. Remedies.All.Where(chosen.Contains)];
        var full = string.Concat(Remedies.All.Where(without.Contains).Select(r => "-" + r.Id).Prepend(entry.Name));
        return new Variant(full, lifetime, model, switches, version, notifies);
    }

    /// <summary>A variant like another, with another name or another host.</summary>
    public static Variant Like(Variant like, string? variant = null, string? host = null)
    {
        ArgumentNullException.ThrowIfNull(like);
        var remedies = like.IsHardened ? [] : like.RemedyIds; // the other name brings its own
        return Resolve(
            variant ?? like.Name, host ?? like.HostName, like.DefectIds, remedies, like.HostVersionName, like.NotifyName);
    }

    /// <summary>Takes "hardened-R05-R07" apart.</summary>
    private static (string Name, List<Switch> Without) Ablated(string variant)
    {
        var without = new List<Switch>();
        if (!variant.StartsWith(HardenedVariant + "-", StringComparison.OrdinalIgnoreCase)) return (variant, without);
        Choose("variant", "remedy", variant[(HardenedVariant.Length + 1)..].Split('-'), Remedies.All, without);
        return (HardenedVariant, without);
    }

    private static CatalogueEntry Find(string what, string name, IReadOnlyList<CatalogueEntry> entries)
    {
        var available = entries.Where(e => e.IsAvailable).Select(e => e.Name).ToList();
        var choice = available.Count == 1 ? $"there is only {available[0]}" : $"choose one of {string.Join(", ", available)}";
        var found = entries.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new VariantException(what, $"unknown {what} '{name}'; {choice}{Spelling.Hint(name, available)}");
        return found.IsAvailable ? found : throw new VariantException(what, $"the {what} '{found.Name}' is not available yet; {choice}");
    }

    private static void Choose(string setting, string what, IEnumerable<string> ids, IReadOnlyList<Switch> known, List<Switch> chosen)
    {
        foreach (var id in ids)
        {
            var there = known.Count == 0 ? "there are none yet" : $"choose from {string.Join(", ", known.Select(s => s.Id))}";
            chosen.Add(known.FirstOrDefault(s => s.Id.Equals(id, StringComparison.OrdinalIgnoreCase))
                ?? throw new VariantException(setting, $"unknown {what} '{id}'; {there}{Spelling.Hint(id, known.Select(s => s.Id))}"));
        }
    }

    private static int IndexOf(IReadOnlyList<CatalogueEntry> entries, CatalogueEntry entry)
    {
        for (var i = 0; i < entries.Count; i++)
            if (ReferenceEquals(entries[i], entry)) return i;
        return -1;
    }
}
