using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Engine;

/// <summary>A campaign as records that mutators move around; nothing is allocated after construction.</summary>
/// <remarks>An operation with the faults and deviations after it is a group; groups are what insertions and moves keep whole.</remarks>
internal sealed class RecordBuffer
{
    private readonly byte[] bytes = new byte[Campaign.MaxBytes];
    private readonly byte[] moved = new byte[Campaign.MaxBytes];
    private readonly int[] starts = new int[Campaign.MaxRecords];
    private int operations;
    private bool isIndexed;

    /// <summary>Number of records.</summary>
    public int Records { get; private set; }

    /// <summary>The records.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, Records * RecordCodec.Stride);

    /// <summary>Number of operations.</summary>
    public int Operations
    {
        get
        {
            Index();
            return operations;
        }
    }

    /// <summary>One record, to be changed in place.</summary>
    public Span<byte> Record(int index)
    {
        isIndexed = false; // it may turn into something else
        return bytes.AsSpan(index * RecordCodec.Stride, RecordCodec.Stride);
    }

    /// <summary>What a record is.</summary>
    public RecordKind KindOf(int index) => RecordCodec.KindOf(bytes[index * RecordCodec.Stride]);

    /// <summary>Index of an operation's record; the number of records for the operation after the last.</summary>
    public int StartOf(int operation)
    {
        Index();
        return operation < operations ? starts[operation] : Records;
    }

    /// <summary>The records of some operations with what is attached to them.</summary>
    public ReadOnlySpan<byte> Groups(int operation, int count) =>
        bytes.AsSpan((StartOf(operation) * RecordCodec.Stride)..(StartOf(operation + count) * RecordCodec.Stride));

    /// <summary>Replaces everything by a campaign's bytes.</summary>
    public void Load(ReadOnlySpan<byte> campaign)
    {
        var records = Whole(campaign);
        Records = records.Length / RecordCodec.Stride;
        records.CopyTo(bytes);
        isIndexed = false;
    }

    /// <summary>The part of some bytes that is a campaign: whole records, and not too many.</summary>
    public static ReadOnlySpan<byte> Whole(ReadOnlySpan<byte> bytes) =>
        bytes[..(Math.Min(bytes.Length / RecordCodec.Stride, Campaign.MaxRecords) * RecordCodec.Stride)];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Records = 0;
        isIndexed = false;
    }

    /// <summary>Inserts records before the one at an index.</summary>
    /// <returns>False, and nothing changes, if there is no room.</returns>
    public bool Insert(int index, ReadOnlySpan<byte> records)
    {
        var count = records.Length / RecordCodec.Stride;
        if (count == 0 || Records + count > Campaign.MaxRecords) return false;
        records.CopyTo(moved); // they may be part of this buffer
        var at = index * RecordCodec.Stride;
        bytes.AsSpan(at, (Records * RecordCodec.Stride) - at).CopyTo(bytes.AsSpan(at + records.Length));
        moved.AsSpan(0, records.Length).CopyTo(bytes.AsSpan(at));
        Records += count;
        isIndexed = false;
        return true;
    }

    /// <summary>Removes records.</summary>
    public void Remove(int index, int count)
    {
        var (from, to) = ((index + count) * RecordCodec.Stride, index * RecordCodec.Stride);
        bytes.AsSpan(from, (Records * RecordCodec.Stride) - from).CopyTo(bytes.AsSpan(to));
        Records -= count;
        isIndexed = false;
    }

    private void Index()
    {
        if (isIndexed) return;
        operations = 0;
        for (var i = 0; i < Records; i++)
            if (KindOf(i) == RecordKind.Operation) starts[operations++] = i;
        isIndexed = true;
    }
}
