using System.Globalization;
using System.Runtime.CompilerServices;

namespace CcwFuzz.Target.Variants;

/// <summary>One historical defect or one remedy that a variant can have switched on.</summary>
public sealed record Switch
{
    /// <summary>Describes a switch.</summary>
    /// <param name="id">
    /// H or R with a number from 0 to 127, e.g. "H04"; a letter from a to g follows where one entry has several, e.g. "H50a".
    /// </param>
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
        var letter = char.IsAsciiDigit(id[^1]) ? 0 : id[^1] - 'a' + 1;
        ArgumentOutOfRangeException.ThrowIfNegative(letter, nameof(id));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(letter, SwitchSet.Letters, nameof(id));
        var number = byte.Parse(id.AsSpan(1, id.Length - (letter > 0 ? 2 : 1)), NumberStyles.None, CultureInfo.InvariantCulture);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, SwitchSet.MaxNumber, nameof(id));
        Rank = (number * SwitchSet.Letters) + letter;
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

    /// <summary>Its place among its like, by number and letter; also its bit in a <see cref="SwitchSet"/>.</summary>
    internal int Rank { get; }
}

/// <summary>A set of defects, or of remedies: one bit a switch.</summary>
[InlineArray(((MaxNumber + 1) * Letters) / WordBits)]
internal struct SwitchSet
{
    internal const int MaxNumber = 127;
    internal const int Letters = 8; // none, and a to g
    private const int WordBits = 64;
    private ulong first;

    internal void Add(int rank) => this[rank / WordBits] |= 1UL << (rank % WordBits);

    internal readonly bool Contains(int rank) => (this[rank / WordBits] >> (rank % WordBits) & 1) != 0;
}
