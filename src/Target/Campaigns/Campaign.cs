using CcwFuzz.Target.Linux.Kernel;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>A list of operations; each has faults and departures from the default schedule attached to it.</summary>
/// <remarks>
/// The only input of an execution. Bytes decode totally: records of eight bytes (<see cref="RecordCodec"/>), a trailing part
/// of a record is ignored, as are records beyond <see cref="MaxRecords"/>, operations beyond <see cref="MaxOperations"/> with
/// everything after them, and faults and deviations before the first operation. A record means the same whatever its
/// neighbours are, so one changed byte changes one record at most. <c>Encode(Decode(x))</c> is a fixpoint: each operation is
/// followed by its faults, then its deviations, each in their order.
/// </remarks>
public sealed class Campaign : IEquatable<Campaign>
{
    /// <summary>Operations that a campaign can have.</summary>
    public const int MaxOperations = 64;

    /// <summary>Operations, faults and deviations together that a campaign can have.</summary>
    public const int MaxRecords = 512;

    /// <summary>Bytes of the longest campaign.</summary>
    public const int MaxBytes = MaxRecords * RecordCodec.Stride;

    private readonly List<Operation> operations = [];
    private readonly List<Fault> faults = [];
    private readonly List<Deviation> deviations = [];

    /// <summary>An empty campaign.</summary>
    public Campaign()
    {
    }

    /// <summary>A campaign of these parts; faults and deviations come in the order of their operations.</summary>
    /// <exception cref="ArgumentException">There are too many, or one belongs to no operation or is out of range.</exception>
    public Campaign(IReadOnlyList<Operation> operations, IReadOnlyList<Fault>? faults = null, IReadOnlyList<Deviation>? deviations = null)
    {
        ArgumentNullException.ThrowIfNull(operations);
        if (operations.Count > MaxOperations) throw new ArgumentException($"more than {MaxOperations} operations", nameof(operations));
        foreach (var operation in operations) this.operations.Add(OperationCatalogue.Normalize(operation));
        if (!TrySetFaults(faults ?? [])) throw new ArgumentException("faults do not fit", nameof(faults));
        if (!TrySetDeviations(deviations ?? [])) throw new ArgumentException("deviations do not fit", nameof(deviations));
    }

    /// <summary>The operations in the order they are started.</summary>
    public IReadOnlyList<Operation> Operations => operations;

    /// <summary>The faults of all operations, in the order of the operations.</summary>
    public IReadOnlyList<Fault> Faults => faults;

    /// <summary>The deviations of all operations, in the order of the operations.</summary>
    public IReadOnlyList<Deviation> Deviations => deviations;

    /// <summary>Operations, faults and deviations together.</summary>
    public int Records => operations.Count + faults.Count + deviations.Count;

    /// <summary>Reads a campaign; every byte string is one.</summary>
    public static Campaign Decode(ReadOnlySpan<byte> bytes) => Decode(bytes, new Campaign());

    /// <summary>Reads a campaign into an existing one, which is overwritten: nothing is allocated once its lists have grown.</summary>
    /// <returns><paramref name="reuse"/>.</returns>
    public static Campaign Decode(ReadOnlySpan<byte> bytes, Campaign reuse)
    {
        ArgumentNullException.ThrowIfNull(reuse);
        reuse.operations.Clear();
        reuse.faults.Clear();
        reuse.deviations.Clear();
        if (bytes.Length > MaxBytes) bytes = bytes[..MaxBytes];
        for (; bytes.Length >= RecordCodec.Stride; bytes = bytes[RecordCodec.Stride..])
        {
            var current = reuse.operations.Count - 1;
            switch (RecordCodec.KindOf(bytes[0]))
            {
                case RecordKind.Operation:
                    if (reuse.operations.Count == MaxOperations) return reuse;
                    reuse.operations.Add(RecordCodec.DecodeOperation(bytes));
                    break;
                case RecordKind.Fault when current >= 0:
                    reuse.faults.Add(RecordCodec.DecodeFault(bytes, current));
                    break;
                case RecordKind.Deviation when current >= 0:
                    reuse.deviations.Add(RecordCodec.DecodeDeviation(bytes, current));
                    break;
            }
        }
        return reuse;
    }

    /// <summary>The canonical bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[Records * RecordCodec.Stride];
        Encode(bytes);
        return bytes;
    }

    /// <summary>Writes the canonical bytes; <see cref="MaxBytes"/> are always enough.</summary>
    /// <returns>Number of bytes written.</returns>
    public int Encode(Span<byte> destination)
    {
        int written = 0, fault = 0, deviation = 0;
        for (var i = 0; i < operations.Count; i++)
        {
            RecordCodec.Encode(operations[i], destination[written..]);
            written += RecordCodec.Stride;
            for (; fault < faults.Count && faults[fault].Operation == i; fault++, written += RecordCodec.Stride)
                RecordCodec.Encode(faults[fault], destination[written..]);
            for (; deviation < deviations.Count && deviations[deviation].Operation == i; deviation++, written += RecordCodec.Stride)
                RecordCodec.Encode(deviations[deviation], destination[written..]);
        }
        return written;
    }

    /// <summary>Replaces all deviations, for example by those that an exploring strategy took.</summary>
    /// <returns>False, and nothing changes, if a campaign cannot hold them.</returns>
    public bool TrySetDeviations(IReadOnlyList<Deviation> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        if (operations.Count + faults.Count + list.Count > MaxRecords) return false;
        var previous = 0;
        for (var i = 0; i < list.Count; previous = list[i++].Operation)
            if (!Holds(list[i], previous)) return false;
        if (ReferenceEquals(list, deviations)) return true;
        deviations.Clear();
        for (var i = 0; i < list.Count; i++) deviations.Add(list[i]);
        return true;
    }

    /// <summary>Replaces all faults.</summary>
    /// <returns>False, and nothing changes, if a campaign cannot hold them.</returns>
    public bool TrySetFaults(IReadOnlyList<Fault> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        if (operations.Count + deviations.Count + list.Count > MaxRecords) return false;
        var previous = 0;
        for (var i = 0; i < list.Count; previous = list[i++].Operation)
            if (!Holds(list[i], previous)) return false;
        if (ReferenceEquals(list, faults)) return true;
        faults.Clear();
        for (var i = 0; i < list.Count; i++) faults.Add(list[i]);
        return true;
    }

    /// <summary>Leaves out the operations from a number on, with what is attached to them.</summary>
    public void Truncate(int count)
    {
        if (count >= operations.Count) return;
        operations.RemoveRange(count, operations.Count - count);
        while (faults.Count > 0 && faults[^1].Operation >= count) faults.RemoveAt(faults.Count - 1);
        while (deviations.Count > 0 && deviations[^1].Operation >= count) deviations.RemoveAt(deviations.Count - 1);
    }

    /// <inheritdoc/>
    public bool Equals(Campaign? other) =>
        other is not null && operations.SequenceEqual(other.operations) && faults.SequenceEqual(other.faults)
        && deviations.SequenceEqual(other.deviations);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Campaign);

    /// <inheritdoc/>
    public override int GetHashCode() => (operations.Count * 1_000_003) + (faults.Count * 1009) + deviations.Count;

    /// <summary>The text form.</summary>
    public override string ToString() => CampaignText.Write(this);

    private bool Holds(in Deviation deviation, int previous) =>
        deviation.Operation >= previous && deviation.Operation < operations.Count
        && deviation.Point is >= 0 and <= RecordCodec.MaxPoint && deviation.Choice is >= 1 and <= RecordCodec.MaxChoice;

    private bool Holds(in Fault fault, int previous) =>
        fault.Operation >= previous && fault.Operation < operations.Count
        && fault.Kind is >= AllocationKind.Heap and <= AllocationKind.Pages && fault.Allocation is >= 1 and <= RecordCodec.MaxAllocation;
}
