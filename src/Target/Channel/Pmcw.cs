namespace CcwFuzz.Target.Channel;

/// <summary>Word 1, first half, of the path management control word.</summary>
[Flags]
public enum PmcwFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>QDIO facility; not ours.</summary>
    Qdio = 0x8000,
    /// <summary>Measurement word facility.</summary>
    Word = 0x4000,
    /// <summary>Interruption subclass, shifted by <see cref="Pmcw.IscShift"/>.</summary>
    IscMask = 0x3800,
    /// <summary>E: the subchannel is enabled.</summary>
    Enabled = 0x0080,
    /// <summary>LM: limit mode.</summary>
    LimitModeMask = 0x0060,
    /// <summary>MM: measurement mode enable.</summary>
    MeasurementModeMask = 0x0018,
    /// <summary>D: multipath mode.</summary>
    Multipath = 0x0004,
    /// <summary>T: timing facility.</summary>
    Timing = 0x0002,
    /// <summary>V: device number valid.</summary>
    DeviceNumberValid = 0x0001,
    /// <summary>Bits that MODIFY SUBCHANNEL wants to be zero.</summary>
    Invalid = 0xc300,
    /// <summary>Bits that MODIFY SUBCHANNEL changes.</summary>
    Modifiable = IscMask | Enabled | LimitModeMask | MeasurementModeMask | Multipath,
}

/// <summary>Word 6 of the path management control word.</summary>
[Flags]
public enum PmcwCharacteristics : uint
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>ST: subchannel type; 0 is an I/O subchannel.</summary>
    TypeMask = 0x00e0_0000,
    /// <summary>F: measurement block format control.</summary>
    MeasurementBlockFormat = 4,
    /// <summary>X: extended measurement word mode; QEMU refuses it.</summary>
    ExtendedMeasurement = 2,
    /// <summary>S: concurrent sense.</summary>
    ConcurrentSense = 1,
    /// <summary>Bits that MODIFY SUBCHANNEL wants to be zero.</summary>
    Invalid = 0xff1f_fff8,
}

/// <summary>Path management control word (struct pmcw, PMCW): what the program may change, and the paths.</summary>
public struct Pmcw
{
    /// <summary>Position of the interruption subclass in <see cref="Flags"/>.</summary>
    public const int IscShift = 11;

    /// <summary>Interruption parameter.</summary>
    public uint InterruptionParameter;
    /// <summary>Subclass, enabled, modes, device number valid.</summary>
    public PmcwFlags Flags;
    /// <summary>Device number.</summary>
    public ushort DeviceNumber;
    /// <summary>LPM: logical path mask.</summary>
    public byte Lpm;
    /// <summary>PNOM: path not operational mask.</summary>
    public byte Pnom;
    /// <summary>LPUM: last path used mask.</summary>
    public byte Lpum;
    /// <summary>PIM: path installed mask.</summary>
    public byte Pim;
    /// <summary>MBI: measurement block index.</summary>
    public ushort Mbi;
    /// <summary>POM: path operational mask.</summary>
    public byte Pom;
    /// <summary>PAM: path available mask.</summary>
    public byte Pam;
    /// <summary>Channel path ids, the first in the most significant byte.</summary>
    public ulong Chpids;
    /// <summary>Subchannel type and measurement and sense modes.</summary>
    public PmcwCharacteristics Characteristics;

    /// <summary>Interruption subclass, 0 to 7.</summary>
    public byte Isc
    {
        readonly get => (byte)((ushort)(Flags & PmcwFlags.IscMask) >> IscShift);
        set => Flags = (Flags & ~PmcwFlags.IscMask) | ((PmcwFlags)(value << IscShift) & PmcwFlags.IscMask);
    }

    /// <summary>Whether the subchannel is enabled.</summary>
    public readonly bool IsEnabled => (Flags & PmcwFlags.Enabled) != 0;

    /// <summary>Whether there is a device.</summary>
    public readonly bool IsDeviceNumberValid => (Flags & PmcwFlags.DeviceNumberValid) != 0;

    /// <summary>Channel path id of path <paramref name="path"/>, 0 to 7.</summary>
    public readonly byte Chpid(int path) => (byte)(Chpids >> (56 - (8 * path)));
}
