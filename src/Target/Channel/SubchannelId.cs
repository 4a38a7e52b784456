using System.Globalization;

namespace CcwFuzz.Target.Channel;

/// <summary>Names a subchannel: channel subsystem image, subchannel set, subchannel number.</summary>
/// <remarks>
/// Linux addresses its own image with cssid 0 and the M bit off; QEMU calls the same image 0xfe. A nonzero
/// <see cref="Cssid"/> stands for the M bit being on.
/// </remarks>
/// <param name="Cssid">Channel subsystem image.</param>
/// <param name="Ssid">Subchannel set, 0 to 3.</param>
/// <param name="Schid">Subchannel number in its set.</param>
public readonly record struct SubchannelId(byte Cssid, byte Ssid, ushort Schid)
{
    /// <summary>Highest subchannel set (MAX_SSID).</summary>
    public const byte MaxSsid = 3;

    private const uint OneBit = 0x0001_0000;
    private const uint MBit = 0x0008_0000;

    /// <summary>A subchannel of set 0 of the guest's own image.</summary>
    public SubchannelId(ushort schid) : this(0, 0, schid)
    {
    }

    /// <summary>The 32-bit register operand: cssid, M, ssid, one, number.</summary>
    public uint Word => ((uint)Cssid << 24) | (Cssid != 0 ? MBit : 0) | ((uint)Ssid << 17) | OneBit | Schid;

    /// <summary>Takes a register operand apart (ioinst_disassemble_sch_ident, ioinst.c).</summary>
    /// <returns>False where the instruction would end with an operand exception.</returns>
    public static bool TryParse(uint word, out SubchannelId id)
    {
        id = new SubchannelId((byte)(word >> 24), (byte)((word >> 17) & 3), (ushort)word);
        return (word & OneBit) != 0 && ((word & MBit) != 0 || id.Cssid == 0);
    }

    /// <summary>As the kernel and QEMU print it, e.g. "0.0.0000".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Cssid:x}.{Ssid:x}.{Schid:x4}");
}
