namespace CcwFuzz.Target.Variants;

/// <summary>Which stack is run: lifetime regime, host, defects and remedies. Immutable; guest and host code read it.</summary>
public sealed class Variant
{
    private readonly SwitchSet defects;
    private readonly SwitchSet remedies;

    internal Variant(
        string name, Lifetime lifetime, HostModel host, IReadOnlyList<Switch> switches,
        HostVersion hostVersion = HostVersion.Q72, NotifyModel notify = NotifyModel.Bql)
    {
        Name = name;
        Lifetime = lifetime;
        Host = host;
        HostVersion = hostVersion;
        Notify = notify;
        Switches = switches;
        foreach (var one in switches)
        {
            if (one.IsRemedy) remedies.Add(one.Rank);
            else defects.Add(one.Rank);
        }
        HasHostDefect = switches.Any(Defects.Host.Contains);
    }

    /// <summary>Name of the catalogue entry it started from, e.g. "mainline".</summary>
    public string Name { get; }

    /// <summary>Whether it started from mainline with every remedy; its name says which are missing.</summary>
    public bool IsHardened => Name.StartsWith(VariantCatalogue.HardenedVariant, StringComparison.Ordinal);

    /// <summary>Who keeps the ccw device alive.</summary>
    public Lifetime Lifetime { get; }

    /// <summary>How the host executes instructions.</summary>
    public HostModel Host { get; }

    /// <summary>Name of the host as on the command line.</summary>
    public string HostName => VariantCatalogue.Hosts[(int)Host].Name;

    /// <summary>Which QEMU the host models.</summary>
    public HostVersion HostVersion { get; }

    /// <summary>Name of the host version as on the command line.</summary>
    public string HostVersionName => VariantCatalogue.HostVersions[(int)HostVersion].Name;

    /// <summary>Who notifies the guest of used buffers.</summary>
    public NotifyModel Notify { get; }

    /// <summary>Name of that as on the command line.</summary>
    public string NotifyName => VariantCatalogue.Notifications[(int)Notify].Name;

    /// <summary>The host with everything about it that is not the default, e.g. "bql, qnew, notify outside-bql".</summary>
    public string HostText => HostName
        + (HostVersion == default ? "" : ", " + HostVersionName)
        + (Notify == default ? "" : ", notify " + NotifyName);

    /// <summary>The defects and remedies that are on, in the catalogue's order.</summary>
    public IReadOnlyList<Switch> Switches { get; }

    /// <summary>Whether a defect of the host is on: then what the host answers wrongly is a violation, and no bug of the model.</summary>
    public bool HasHostDefect { get; }

    /// <summary>Identifiers of the defects that are on.</summary>
    public IEnumerable<string> DefectIds => Switches.Where(s => !s.IsRemedy).Select(s => s.Id);

    /// <summary>Identifiers of the remedies that are on.</summary>
    public IEnumerable<string> RemedyIds => Switches.Where(s => s.IsRemedy).Select(s => s.Id);

    /// <summary>Whether a defect or remedy is on; costs a bit test.</summary>
    public bool Has(Switch one)
    {
        ArgumentNullException.ThrowIfNull(one);
        return one.IsRemedy ? remedies.Contains(one.Rank) : defects.Contains(one.Rank);
    }

    /// <summary>The name with the switches that are on, e.g. "mainline+H04+R02"; the remedies of hardened go without saying.</summary>
    public override string ToString() =>
        string.Concat(Switches.Where(s => !s.IsRemedy || !IsHardened).Select(s => "+" + s.Id).Prepend(Name));
}
