using CcwFuzz.Target.Linux.Kernel;
using System.Buffers.Binary;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target.Campaigns;

/// <summary>What a record of the binary form is.</summary>
public enum RecordKind
{
    /// <summary>An operation.</summary>
    Operation,
    /// <summary>A departure from the default schedule, attached to the operation before it.</summary>
    Deviation,
    /// <summary>An allocation that fails, attached to the operation before it.</summary>
    Fault,
}

/// <summary>One record of eight bytes. Every eight bytes mean something, and they mean it without their neighbours.</summary>
/// <remarks>
/// <code>
/// byte       0              1              2 3          4 5          6 7
/// operation  0-191          slot           argument A   argument B   run
/// deviation  192-239        choice - 1     point        0            0
/// fault      240-255        kind           number - 1   0            0
/// </code>
/// Numbers are big-endian and taken modulo their range. Byte 0 of an operation is its opcode in the low six bits; numbers
/// that no opcode has yet stand for one of the first 32 opcodes. Encoding writes the smallest byte and zero for what has no meaning, so
/// it is canonical.
/// </remarks>
public static class RecordCodec
{
    /// <summary>Bytes per record.</summary>
    public const int Stride = 8;

    /// <summary>Largest number of the allocation that a fault can name.</summary>
    public const int MaxAllocation = 256;

    /// <summary>Largest choice that a deviation can name.</summary>
    public const int MaxChoice = 255;

    /// <summary>Largest point that a deviation can name.</summary>
    public const int MaxPoint = ushort.MaxValue;

    private const byte FirstDeviation = 192;
    private const byte FirstFault = 240;
    private const int OpcodeSpace = 64;
    private const int FirstOpcodes = 32;

    /// <summary>What a record is, by its first byte.</summary>
    public static RecordKind KindOf(byte first) => first switch
    {
        < FirstDeviation => RecordKind.Operation,
        < FirstFault => RecordKind.Deviation,
        _ => RecordKind.Fault,
    };

    /// <summary>The opcode that a byte means; one that no opcode has stands for one of the first 32, whatever is added later.</summary>
    private static Opcode OpcodeOf(byte first)
    {
        var number = first % OpcodeSpace;
        return (Opcode)(number < OperationCatalogue.Count ? number : number % FirstOpcodes);
    }

    /// <summary>Reads an operation.</summary>
    public static Operation DecodeOperation(ReadOnlySpan<byte> record)
    {
        var info = OperationCatalogue.Of(OpcodeOf(record[0]));
        return new Operation(
            info.Opcode,
            info.HasSlot ? (byte)(record[1] % Operation.Slots) : (byte)0,
            info.A is { } a ? a.Decode(BinaryPrimitives.ReadUInt16BigEndian(record[2..])) : (ushort)0,
            info.B is { } b ? b.Decode(BinaryPrimitives.ReadUInt16BigEndian(record[4..])) : (ushort)0,
            BinaryPrimitives.ReadUInt16BigEndian(record[6..]));
    }

    /// <summary>Reads a deviation of the operation with number <paramref name="operation"/>.</summary>
    public static Deviation DecodeDeviation(ReadOnlySpan<byte> record, int operation) =>
        new(operation, BinaryPrimitives.ReadUInt16BigEndian(record[2..]), 1 + (record[1] % MaxChoice));

    /// <summary>Reads a fault of the operation with number <paramref name="operation"/>.</summary>
    public static Fault DecodeFault(ReadOnlySpan<byte> record, int operation)
    {
        var kind = (AllocationKind)(record[1] % AllocationKinds.Count);
        return new Fault(operation, kind, 1 + (BinaryPrimitives.ReadUInt16BigEndian(record[2..]) % MaxAllocation));
    }

    /// <summary>Writes an operation.</summary>
    public static void Encode(in Operation operation, Span<byte> record)
    {
        var info = OperationCatalogue.Of(operation.Opcode);
        record[0] = (byte)operation.Opcode;
        record[1] = operation.Slot;
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], info.A?.Encode(operation.A) ?? 0);
        BinaryPrimitives.WriteUInt16BigEndian(record[4..], info.B?.Encode(operation.B) ?? 0);
        BinaryPrimitives.WriteUInt16BigEndian(record[6..], operation.Run);
    }

    /// <summary>Writes a deviation; the operation it belongs to is the one before it.</summary>
    public static void Encode(in Deviation deviation, Span<byte> record)
    {
        record[..Stride].Clear();
        record[0] = FirstDeviation;
        record[1] = (byte)(deviation.Choice - 1);
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)deviation.Point);
    }

    /// <summary>Writes a fault; the operation it belongs to is the one before it.</summary>
    public static void Encode(in Fault fault, Span<byte> record)
    {
        record[..Stride].Clear();
        record[0] = FirstFault;
        record[1] = (byte)fault.Kind;
        BinaryPrimitives.WriteUInt16BigEndian(record[2..], (ushort)(fault.Allocation - 1));
    }
}
