using CcwFuzz.Target.Channel;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>A set of subchannel ids (idset.c).</summary>
/// <remarks>
/// Keeps the first 64 ids of each of the four subchannel sets. The others never have a device here: scanning them would
/// cost time and do nothing, even where the host answers for them.
/// </remarks>
internal sealed class IdSet
{
    /// <summary>Ids kept per subchannel set.</summary>
    public const int IdsPerSet = 64;

    /// <summary>Number of subchannel sets.</summary>
    public const int Sets = 4;

    private readonly ulong[] bits = new ulong[Sets];

    public bool IsEmpty => (bits[0] | bits[1] | bits[2] | bits[3]) == 0;

    public void Fill() => Array.Fill(bits, ulong.MaxValue);

    public void Clear() => Array.Clear(bits);

    public void Add(SubchannelId id) => bits[id.Ssid] |= Bit(id);

    /// <summary>Adds all of another set (idset_add_set).</summary>
    public void Add(IdSet other)
    {
        for (var ssid = 0; ssid < Sets; ssid++) bits[ssid] |= other.bits[ssid];
    }

    public void Remove(SubchannelId id) => bits[id.Ssid] &= ~Bit(id);

    public bool Contains(SubchannelId id) => (bits[id.Ssid] & Bit(id)) != 0;

    /// <summary>Removes this id and all later ones of its set (idset_sch_del_subseq).</summary>
    public void RemoveFrom(SubchannelId id) => bits[id.Ssid] &= Bit(id) - 1;

    private static ulong Bit(SubchannelId id) => id.Schid < IdsPerSet ? 1UL << id.Schid : 0;
}
