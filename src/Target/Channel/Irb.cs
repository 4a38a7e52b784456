using System.Runtime.CompilerServices;

namespace CcwFuzz.Target.Channel;

/// <summary>Thirty-two bytes of sense data, or the extended control word they travel in.</summary>
[InlineArray(Length)]
public struct SenseBytes
{
    /// <summary>Bytes.</summary>
    public const int Length = 32;

    /// <summary>Command reject, in byte 0.</summary>
    public const byte CommandReject = 0x80;
    /// <summary>Intervention required, in byte 0.</summary>
    public const byte InterventionRequired = 0x40;
    /// <summary>Equipment check, in byte 0.</summary>
    public const byte EquipmentCheck = 0x10;

    private byte first;
}

/// <summary>Extended status word, format 0 (struct esw0, ESW).</summary>
public struct Esw
{
    /// <summary>Bit of <see cref="Erw"/>: the extended control word holds concurrent sense data.</summary>
    public const uint ErwConcurrentSense = 0x0100_0000;

    /// <summary>Subchannel logout.</summary>
    public uint Word0;
    /// <summary>Extended report word.</summary>
    public uint Erw;
    /// <summary>Failing storage address.</summary>
    public ulong FailingAddress;
    /// <summary>Secondary CCW address.</summary>
    public uint SecondaryCcw;
}

/// <summary>Interruption response block (struct irb, IRB), without the extended measurement word that QEMU never fills.</summary>
public struct Irb
{
    /// <summary>Subchannel status word.</summary>
    public Scsw Scsw;
    /// <summary>Extended status word.</summary>
    public Esw Esw;
    /// <summary>Extended control word: sense data if the extended report word says so.</summary>
    public SenseBytes Ecw;
}
