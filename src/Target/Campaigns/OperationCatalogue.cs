namespace CcwFuzz.Target.Campaigns;

/// <summary>All operations, one entry each: what codecs, mutators, the runner, real guests and help go by.</summary>
/// <remarks>The entries stand in the other parts, by who does them; their order here is that of the opcodes.</remarks>
public static partial class OperationCatalogue
{
    private static readonly OperationEntry[] Entries = [.. HostEntries().Concat(GuestEntries()).OrderBy(e => e.Opcode)];

    /// <summary>All of them; the index is the opcode.</summary>
    public static IReadOnlyList<OperationEntry> All => Entries;

    /// <summary>Number of opcodes.</summary>
    public static int Count => Entries.Length;

    /// <summary>What is known about an opcode.</summary>
    public static OperationEntry Of(Opcode opcode) => Entries[(int)opcode];

    /// <summary>The operation with all arguments brought into range and those it does not have removed.</summary>
    public static Operation Normalize(in Operation operation)
    {
        var entry = Of(operation.Opcode);
        return new Operation(
            operation.Opcode,
            entry.HasSlot ? (byte)(operation.Slot % Operation.Slots) : (byte)0,
            Clamp(entry.A, operation.A),
            Clamp(entry.B, operation.B),
            operation.Run);
    }

    private static ushort Clamp(Parameter? parameter, ushort value) =>
        parameter is null ? (ushort)0 : (ushort)Math.Clamp((int)value, parameter.Min, parameter.Max);
}
