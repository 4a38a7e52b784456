namespace CcwFuzz.Target.Channel;

/// <summary>First half of word 1 of the operation request block.</summary>
[Flags]
public enum OrbControl : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>Storage key.</summary>
    KeyMask = 0xf000,
    /// <summary>S: suspend control.</summary>
    Suspend = 0x0800,
    /// <summary>C: streaming mode.</summary>
    Streaming = 0x0400,
    /// <summary>M: modification control.</summary>
    Modification = 0x0200,
    /// <summary>Y: synchronization control.</summary>
    Synchronization = 0x0100,
    /// <summary>F: CCWs are format 1.</summary>
    Format = 0x0080,
    /// <summary>P: prefetch.</summary>
    Prefetch = 0x0040,
    /// <summary>I: initial status interruption control.</summary>
    InitialStatus = 0x0020,
    /// <summary>A: address limit checking.</summary>
    AddressLimit = 0x0010,
    /// <summary>U: suppress suspended interruption.</summary>
    SuppressSuspended = 0x0008,
    /// <summary>Reserved here (transport mode on other machines).</summary>
    Invalid = 0x0004,
    /// <summary>H: format-2 indirect data address words.</summary>
    Format2Idaw = 0x0002,
    /// <summary>T: format-2 words address 2 KiB blocks.</summary>
    TwoKiloByteIdaw = 0x0001,
}

/// <summary>Last byte of word 1 of the operation request block.</summary>
[Flags]
public enum OrbControl1 : byte
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>L: incorrect length suppression mode.</summary>
    IncorrectLengthSuppression = 0x80,
    /// <summary>D: modified indirect data addresses; QEMU has none.</summary>
    Midaw = 0x40,
    /// <summary>Reserved bits.</summary>
    Invalid = 0x3e,
    /// <summary>X: the block is extended.</summary>
    Extended = 0x01,
}

/// <summary>Operation request block of command mode (struct cmd_orb, ORB).</summary>
public struct Orb
{
    /// <summary>Interruption parameter; goes to the PMCW.</summary>
    public uint InterruptionParameter;
    /// <summary>Key, suspend, format and single bits.</summary>
    public OrbControl Control;
    /// <summary>LPM: logical path mask.</summary>
    public byte Lpm;
    /// <summary>More control bits.</summary>
    public OrbControl1 Control1;
    /// <summary>Channel program address.</summary>
    public uint Cpa;

    /// <summary>Whether START SUBCHANNEL accepts it (ioinst_orb_valid, ioinst.c).</summary>
    public readonly bool IsValid =>
        (Control & OrbControl.Invalid) == 0
        && (Control1 & (OrbControl1.Invalid | OrbControl1.Midaw)) == 0
        && (Cpa & 0x8000_0000) == 0;
}
