using System.Globalization;

namespace CcwFuzz.Target.Variants;

/// <summary>One historical defect or one remedy that a variant can have switched on.</summary>
public sealed record Switch
{
    /// <summary>Describes a switch.</summary>
    /// <param name="id">H or R with a number from 0 to 127, e.g. "H04".</param>
    /// <param name="name">Short name in one word.</param>
    /// <param name="sentence">What is different when it is on.</param>
    /// <param name="source">Commit, mail or document it comes from.</param>
    public Switch(string id, string name, string sentence, string source)
    {
        ArgumentNullException.ThrowIfNull(id);
        Id = id;
        Name = name;
        Sentence = sentence;
        Source = source;
        Number = byte.Parse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Number, SwitchSet.MaxNumber, nameof(id));
    }

    /// <summary>Identifier, e.g. "H04" for a defect or "R02" for a remedy.</summary>
    public string Id { get; }

    /// <summary>Short name in one word.</summary>
    public string Name { get; }

    /// <summary>What is different when it is on.</summary>
    public string Sentence { get; }

    /// <summary>Commit, mail or document it comes from.</summary>
    public string Source { get; }

    /// <summary>Whether it is a remedy; otherwise it is a defect.</summary>
    public bool IsRemedy => Id[0] == 'R';

    /// <summary>The number in its identifier.</summary>
    internal byte Number { get; }
}

/// <summary>A set of defects, or of remedies: one bit a switch.</summary>
internal struct SwitchSet
{
    internal const int MaxNumber = 127;
    private ulong low;
    private ulong high;

    internal void Add(int number)
    {
        if (number < 64) low |= 1UL << number;
        else high |= 1UL << (number - 64);
    }

    internal readonly bool Contains(int number) => ((number < 64 ? low : high) >> (number & 63) & 1) != 0;
}
