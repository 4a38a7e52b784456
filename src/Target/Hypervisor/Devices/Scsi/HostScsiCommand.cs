using CcwFuzz.Target.Hypervisor.Devices.Blk;
using System.Buffers.Binary;

namespace CcwFuzz.Target.Hypervisor.Devices.Scsi;

/// <summary>Sense key and codes (SCSISense).</summary>
/// <param name="Key">Sense key.</param>
/// <param name="Asc">Additional sense code.</param>
/// <param name="Ascq">Its qualifier.</param>
public readonly record struct ScsiSense(byte Key, byte Asc, byte Ascq)
{
    /// <summary>Bytes of fixed-format sense data.</summary>
    public const int Length = 18;

    /// <summary>Unrecovered read error.</summary>
    public static ScsiSense ReadError => new(3, 0x11, 0x00);
    /// <summary>Command aborted: I/O process terminated.</summary>
    public static ScsiSense IoError => new(11, 0x00, 0x06);
    /// <summary>Unknown command.</summary>
    public static ScsiSense InvalidOpcode => new(5, 0x20, 0x00);
    /// <summary>Beyond the medium's end.</summary>
    public static ScsiSense LbaOutOfRange => new(5, 0x21, 0x00);
    /// <summary>Bad field in the command.</summary>
    public static ScsiSense InvalidField => new(5, 0x24, 0x00);
    /// <summary>No such logical unit on this target.</summary>
    public static ScsiSense LunNotSupported => new(5, 0x25, 0x00);
    /// <summary>No saved mode parameters.</summary>
    public static ScsiSense SavingNotSupported => new(5, 0x39, 0x00);
    /// <summary>Unit attention: the device was reset.</summary>
    public static ScsiSense Reset => new(6, 0x29, 0x00);
    /// <summary>Unit attention: logical units came or went.</summary>
    public static ScsiSense ReportedLunsChanged => new(6, 0x3f, 0x0e);

    /// <summary>Whether there is something to report.</summary>
    public bool Exists => Key != 0;

    /// <summary>Builds fixed-format sense data (scsi_build_sense_buf).</summary>
    public void Store(Span<byte> into)
    {
        into[..Length].Clear();
        into[0] = 0x70;
        into[2] = Key;
        into[7] = 10;
        into[12] = Asc;
        into[13] = Ascq;
    }
}

/// <summary>Which way a command moves data.</summary>
public enum ScsiTransfer
{
    /// <summary>None.</summary>
    None,
    /// <summary>To the guest.</summary>
    FromDevice,
    /// <summary>From the guest.</summary>
    ToDevice,
}

/// <summary>A command descriptor block taken apart (scsi_req_parse_cdb).</summary>
/// <param name="Opcode">Operation code.</param>
/// <param name="Lba">Logical block address.</param>
/// <param name="Blocks">Transfer length field.</param>
/// <param name="Size">Bytes to move.</param>
/// <param name="Transfer">Which way.</param>
public readonly record struct HostScsiCommand(byte Opcode, ulong Lba, uint Blocks, uint Size, ScsiTransfer Transfer)
{
    /// <summary>TEST UNIT READY.</summary>
    public const byte TestUnitReady = 0x00;
    /// <summary>REQUEST SENSE.</summary>
    public const byte RequestSense = 0x03;
    /// <summary>INQUIRY.</summary>
    public const byte Inquiry = 0x12;
    /// <summary>MODE SENSE(6).</summary>
    public const byte ModeSense6 = 0x1a;
    /// <summary>START STOP UNIT.</summary>
    public const byte StartStop = 0x1b;
    /// <summary>PREVENT ALLOW MEDIUM REMOVAL.</summary>
    public const byte AllowRemoval = 0x1e;
    /// <summary>READ CAPACITY(10).</summary>
    public const byte ReadCapacity10 = 0x25;
    /// <summary>READ(10).</summary>
    public const byte Read10 = 0x28;
    /// <summary>WRITE(10).</summary>
    public const byte Write10 = 0x2a;
    /// <summary>SYNCHRONIZE CACHE(10).</summary>
    public const byte SynchronizeCache = 0x35;
    /// <summary>MODE SENSE(10).</summary>
    public const byte ModeSense10 = 0x5a;
    /// <summary>SERVICE ACTION IN(16), of which READ CAPACITY(16) is one.</summary>
    public const byte ServiceActionIn16 = 0x9e;
    /// <summary>REPORT LUNS.</summary>
    public const byte ReportLuns = 0xa0;

    private const int Group6 = 0;
    private const int Group12 = 5;
    private const int Group16 = 4;

    /// <summary>Takes a block apart.</summary>
    /// <returns>False for operation codes of no known length.</returns>
    public static bool TryParse(ReadOnlySpan<byte> cdb, out HostScsiCommand command)
    {
        var (lba, count) = (cdb[0] >> 5) switch
        {
            Group6 => (BinaryPrimitives.ReadUInt32BigEndian(cdb) & 0x1f_ffffUL, (uint)cdb[4]),
            1 or 2 => (BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt16BigEndian(cdb[7..])),
            Group16 => (BinaryPrimitives.ReadUInt64BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[10..])),
            Group12 => (BinaryPrimitives.ReadUInt32BigEndian(cdb[2..]), BinaryPrimitives.ReadUInt32BigEndian(cdb[6..])),
            _ => (0UL, uint.MaxValue),
        };
        var size = cdb[0] switch
        {
            TestUnitReady or StartStop or AllowRemoval or SynchronizeCache => 0u,
            ReadCapacity10 => 8u,
            Read10 or Write10 => count * DiskImage.SectorSize,
            Inquiry => BinaryPrimitives.ReadUInt16BigEndian(cdb[3..]),
            _ => count,
        };
        var transfer = size == 0 ? ScsiTransfer.None : cdb[0] == Write10 ? ScsiTransfer.ToDevice : ScsiTransfer.FromDevice;
        command = new HostScsiCommand(cdb[0], lba, count, size, transfer);
        return (cdb[0] >> 5) is Group6 or 1 or 2 or Group16 or Group12;
    }
}
