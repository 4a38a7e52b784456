namespace CcwFuzz.Target.Channel;

/// <summary>The subchannels of one set (struct SubchSet, css.c).</summary>
/// <remarks>Numbers are handed out from the lowest free one, so the table is dense.</remarks>
internal sealed class SubchannelSet
{
    // find_last_bit() gets a size in units of the wrong type: ids from here on are invisible to it, and it is also
    // what it returns when it finds nothing.
    private const int LastBitLimit = 65536 / sizeof(ulong);
    private const int MaxSubchannels = 65536;
    private readonly List<HostSubchannel?> slots = [];

    /// <summary>Whether the set exists: QEMU creates it with its first subchannel and never drops it.</summary>
    public bool Exists { get; private set; }

    public HostSubchannel? this[ushort schid] => schid < slots.Count ? slots[schid] : null;

    /// <summary>Enters or removes a subchannel (css_subch_assign).</summary>
    public void Assign(ushort schid, HostSubchannel? subchannel)
    {
        Exists = true;
        while (slots.Count <= schid) slots.Add(null);
        slots[schid] = subchannel;
    }

    /// <summary>First free number (css_find_free_subch), or -1.</summary>
    public int FindFree()
    {
        for (var i = 0; i < slots.Count; i++)
            if (slots[i] is null) return i;
        return slots.Count < MaxSubchannels ? slots.Count : -1;
    }

    /// <summary>Whether a device number is taken (css_devno_used).</summary>
    public bool IsDevnoUsed(ushort devno)
    {
        foreach (var slot in slots)
            if (slot is not null && slot.Devno == devno) return true;
        return false;
    }

    /// <summary>Whether no subchannel with this or a higher number is in use (css_schid_final).</summary>
    public bool IsFinal(ushort schid)
    {
        if (!Exists) return true;
        for (var i = Math.Min(slots.Count, LastBitLimit) - 1; i >= 0; i--)
            if (slots[i] is not null) return schid > i;
        return schid > LastBitLimit;
    }

    public void Clear()
    {
        slots.Clear();
        Exists = false;
    }
}
