using System.Buffers.Binary;

namespace CcwFuzz.Target.Channel;

/// <summary>Flags of a channel command word.</summary>
[Flags]
public enum CcwFlags : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>CD: chain data.</summary>
    ChainData = 0x80,
    /// <summary>CC: chain command.</summary>
    ChainCommand = 0x40,
    /// <summary>SLI: suppress length indication.</summary>
    SuppressLength = 0x20,
    /// <summary>SKIP: suppress the transfer.</summary>
    Skip = 0x10,
    /// <summary>PCI: program-controlled interruption; QEMU ignores it.</summary>
    Pci = 0x08,
    /// <summary>IDA: indirect data address.</summary>
    IndirectData = 0x04,
    /// <summary>S: suspend.</summary>
    Suspend = 0x02,
    /// <summary>MIDA: modified indirect data address; QEMU has none.</summary>
    ModifiedIndirectData = 0x01,
}

/// <summary>Commands that the channel subsystem itself understands.</summary>
public static class CcwCommand
{
    /// <summary>No operation.</summary>
    public const byte Noop = 0x03;
    /// <summary>Basic sense.</summary>
    public const byte BasicSense = 0x04;
    /// <summary>Transfer in channel.</summary>
    public const byte Tic = 0x08;
    /// <summary>Sense id.</summary>
    public const byte SenseId = 0xe4;
}

/// <summary>Channel command word, in the form of format 1 (struct ccw1, CCW1).</summary>
public struct Ccw
{
    /// <summary>Size in storage, bytes.</summary>
    public const uint Size = 8;

    /// <summary>Command code.</summary>
    public byte Command;
    /// <summary>Flags.</summary>
    public CcwFlags Flags;
    /// <summary>Count, bytes.</summary>
    public ushort Count;
    /// <summary>Data address.</summary>
    public uint Cda;

    /// <summary>Whether the count must equal the command's length: SLI off, or data chaining on.</summary>
    public readonly bool ChecksLength => (Flags & (CcwFlags.SuppressLength | CcwFlags.ChainData)) != CcwFlags.SuppressLength;

    /// <summary>Reads one from storage (copy_ccw_from_guest, css.c).</summary>
    /// <param name="bytes">Eight bytes.</param>
    /// <param name="format1">Format 1; otherwise format 0, where any command x8 is a TIC without count and flags.</param>
    /// <param name="cleansTic">Whether that is so.</param>
    public static Ccw Parse(ReadOnlySpan<byte> bytes, bool format1, bool cleansTic = true)
    {
        if (format1)
        {
            return new Ccw
            {
                Command = bytes[0],
                Flags = (CcwFlags)bytes[1],
                Count = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
                Cda = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            };
        }
        var cda = BinaryPrimitives.ReadUInt32BigEndian(bytes) & 0x00ff_ffff;
        if (cleansTic && (bytes[0] & 0x0f) == CcwCommand.Tic) return new Ccw { Command = CcwCommand.Tic, Cda = cda };
        return new Ccw
        {
            Command = bytes[0],
            Flags = (CcwFlags)bytes[4],
            Count = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]),
            Cda = cda,
        };
    }

    /// <summary>Stores it in format 1, as a driver builds it.</summary>
    /// <param name="bytes">Eight bytes.</param>
    public readonly void Store(Span<byte> bytes)
    {
        bytes[0] = Command;
        bytes[1] = (byte)Flags;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], Count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], Cda);
    }
}
