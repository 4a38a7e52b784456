namespace CcwFuzz.Target.Channel;

/// <summary>First half of word 0 of the subchannel status word.</summary>
[Flags]
public enum ScswFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Storage key.</summary>
    KeyMask = 0xf000,
    /// <summary>S: suspend control.</summary>
    SuspendControl = 0x0800,
    /// <summary>L: extended status word format (ESWF).</summary>
    ExtendedStatus = 0x0400,
    /// <summary>CC: deferred condition code.</summary>
    DeferredCcMask = 0x0300,
    /// <summary>F: CCW format 1.</summary>
    Format = 0x0080,
    /// <summary>P: prefetch.</summary>
    Prefetch = 0x0040,
    /// <summary>I: initial status interruption control.</summary>
    InitialStatus = 0x0020,
    /// <summary>A: address limit checking control.</summary>
    AddressLimit = 0x0010,
    /// <summary>U: suppress suspended interruption.</summary>
    SuppressSuspended = 0x0008,
    /// <summary>Z: zero condition code.</summary>
    ZeroCc = 0x0004,
    /// <summary>E: extended control (ECTL).</summary>
    ExtendedControl = 0x0002,
    /// <summary>N: path not operational.</summary>
    PathNotOperational = 0x0001,
}

/// <summary>Second half of word 0: function, activity and status control.</summary>
[Flags]
public enum ScswControl : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Function control.</summary>
    FunctionMask = 0x7000,
    /// <summary>Start function.</summary>
    Start = 0x4000,
    /// <summary>Halt function.</summary>
    Halt = 0x2000,
    /// <summary>Clear function.</summary>
    Clear = 0x1000,
    /// <summary>Activity control.</summary>
    ActivityMask = 0x0fe0,
    /// <summary>Resume pending.</summary>
    ResumePending = 0x0800,
    /// <summary>Start pending.</summary>
    StartPending = 0x0400,
    /// <summary>Halt pending.</summary>
    HaltPending = 0x0200,
    /// <summary>Clear pending.</summary>
    ClearPending = 0x0100,
    /// <summary>Subchannel active.</summary>
    SubchannelActive = 0x0080,
    /// <summary>Device active.</summary>
    DeviceActive = 0x0040,
    /// <summary>Suspended.</summary>
    Suspended = 0x0020,
    /// <summary>Status control.</summary>
    StatusMask = 0x001f,
    /// <summary>Alert status.</summary>
    Alert = 0x0010,
    /// <summary>Intermediate status.</summary>
    Intermediate = 0x0008,
    /// <summary>Primary status.</summary>
    Primary = 0x0004,
    /// <summary>Secondary status.</summary>
    Secondary = 0x0002,
    /// <summary>Status pending.</summary>
    StatusPending = 0x0001,
}

/// <summary>Device status byte.</summary>
[Flags]
public enum DeviceStatus : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Attention.</summary>
    Attention = 0x80,
    /// <summary>Status modifier.</summary>
    StatusModifier = 0x40,
    /// <summary>Control unit end.</summary>
    ControlUnitEnd = 0x20,
    /// <summary>Busy.</summary>
    Busy = 0x10,
    /// <summary>Channel end.</summary>
    ChannelEnd = 0x08,
    /// <summary>Device end.</summary>
    DeviceEnd = 0x04,
    /// <summary>Unit check.</summary>
    UnitCheck = 0x02,
    /// <summary>Unit exception.</summary>
    UnitException = 0x01,
}

/// <summary>Subchannel status byte.</summary>
[Flags]
public enum SubchannelStatus : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Program-controlled interruption.</summary>
    Pci = 0x80,
    /// <summary>Incorrect length.</summary>
    IncorrectLength = 0x40,
    /// <summary>Program check.</summary>
    ProgramCheck = 0x20,
    /// <summary>Protection check.</summary>
    ProtectionCheck = 0x10,
    /// <summary>Channel data check.</summary>
    ChannelDataCheck = 0x08,
    /// <summary>Channel control check.</summary>
    ChannelControlCheck = 0x04,
    /// <summary>Interface control check.</summary>
    InterfaceControlCheck = 0x02,
    /// <summary>Chaining check.</summary>
    ChainingCheck = 0x01,
}

/// <summary>Subchannel status word of command mode (struct cmd_scsw, SCSW).</summary>
public struct Scsw
{
    /// <summary>Key, format, deferred condition code and single bits.</summary>
    public ScswFlags Flags;
    /// <summary>Function, activity and status control.</summary>
    public ScswControl Control;
    /// <summary>Channel program address: the last CCW's plus 8.</summary>
    public uint Cpa;
    /// <summary>Device status.</summary>
    public DeviceStatus DeviceStatus;
    /// <summary>Subchannel status.</summary>
    public SubchannelStatus SubchannelStatus;
    /// <summary>Residual count.</summary>
    public ushort Count;

    /// <summary>Function control bits.</summary>
    public readonly ScswControl Functions => Control & ScswControl.FunctionMask;

    /// <summary>Activity control bits.</summary>
    public readonly ScswControl Activities => Control & ScswControl.ActivityMask;

    /// <summary>Status control bits.</summary>
    public readonly ScswControl Statuses => Control & ScswControl.StatusMask;

    /// <summary>Whether status is pending.</summary>
    public readonly bool IsStatusPending => (Control & ScswControl.StatusPending) != 0;

    /// <summary>Deferred condition code, 0 to 3.</summary>
    public readonly int DeferredCc => (ushort)(Flags & ScswFlags.DeferredCcMask) >> 8;

    /// <summary>Word 0 as the program sees it.</summary>
    public readonly uint Word0 => ((uint)Flags << 16) | (uint)Control;

    /// <summary>Word 2 as the program sees it.</summary>
    public readonly uint Word2 => ((uint)DeviceStatus << 24) | ((uint)SubchannelStatus << 16) | Count;
}
