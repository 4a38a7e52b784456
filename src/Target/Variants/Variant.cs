namespace CcwFuzz.Target.Variants;

/// <summary>Which stack is run: lifetime regime, host, defects and remedies. Immutable; guest and host code read it.</summary>
public sealed class Variant
{
    private readonly SwitchSet defects;
    private readonly SwitchSet remedies;

    internal Variant(string name, Lifetime lifetime, HostModel host, IReadOnlyList<Switch> switches)
    {
        Name = name;
        Lifetime = lifetime;
        Host = host;
        Switches = switches;
        foreach (var one in switches)
        {
            if (one.IsRemedy) remedies.Add(one.Number);
            else defects.Add(one.Number);
        }
    }

    /// <summary>Name of the catalogue entry it started from, e.g. "mainline".</summary>
    public string Name { get; }

    /// <summary>Who keeps the ccw device alive.</summary>
    public Lifetime Lifetime { get; }

    /// <summary>How the host executes instructions.</summary>
    public HostModel Host { get; }

    /// <summary>Name of the host as on the command line.</summary>
    public string HostName => VariantCatalogue.Hosts[(int)Host].Name;

    /// <summary>The defects and remedies that are on, in the catalogue's order.</summary>
    public IReadOnlyList<Switch> Switches { get; }

    /// <summary>Identifiers of the defects that are on.</summary>
    public IEnumerable<string> DefectIds => Switches.Where(s => !s.IsRemedy).Select(s => s.Id);

    /// <summary>Identifiers of the remedies that are on.</summary>
    public IEnumerable<string> RemedyIds => Switches.Where(s => s.IsRemedy).Select(s => s.Id);

    /// <summary>Whether a defect or remedy is on; costs a bit test.</summary>
    public bool Has(Switch one)
    {
        ArgumentNullException.ThrowIfNull(one);
        return one.IsRemedy ? remedies.Contains(one.Number) : defects.Contains(one.Number);
    }

    /// <summary>The name with the switches that are on, e.g. "mainline+H04+R02".</summary>
    public override string ToString() => string.Concat(Switches.Select(s => "+" + s.Id).Prepend(Name));
}
