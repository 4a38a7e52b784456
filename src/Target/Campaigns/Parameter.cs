namespace CcwFuzz.Target.Campaigns;

/// <summary>An argument of an operation: its name in text, its range, its place in the bytes.</summary>
/// <param name="Name">Name in the text form.</param>
/// <param name="Min">Smallest value, which is also the default.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Meaning">One phrase for help and error messages.</param>
public sealed record Parameter(string Name, int Min, int Max, string Meaning)
{
    /// <summary>An argument whose values are names, numbered from 0 on.</summary>
    /// <param name="name">Name in the text form.</param>
    /// <param name="meaning">One phrase for help and error messages.</param>
    /// <param name="values">Names of the values; the first one is the default.</param>
    public static Parameter Choice(string name, string meaning, params IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new(name, 0, values.Count - 1, meaning) { ValueNames = values };
    }

    /// <summary>Names of the values from <see cref="Min"/> on, if they are names.</summary>
    public IReadOnlyList<string> ValueNames { get; private init; } = [];

    /// <summary>Whether the smallest value is the usual one, and the others are special cases.</summary>
    public bool HasUsual { get; init; }

    /// <summary>Whether the value is written as a device number, which depends on the slot.</summary>
    public bool IsDevno { get; init; }

    /// <summary>The value that two bytes mean: every number means one.</summary>
    public ushort Decode(ushort raw) => (ushort)(Min + (raw % (Max - Min + 1)));

    /// <summary>The two bytes that stand for a value.</summary>
    public ushort Encode(ushort value) => (ushort)(value - Min);
}
