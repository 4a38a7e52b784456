namespace CcwFuzz.Target.Channel;

/// <summary>Subchannel information block (struct schib, SCHIB).</summary>
public struct Schib
{
    /// <summary>Path management control word.</summary>
    public Pmcw Pmcw;
    /// <summary>Subchannel status word.</summary>
    public Scsw Scsw;
    /// <summary>Measurement block address.</summary>
    public ulong Mba;
    /// <summary>Model-dependent area.</summary>
    public uint Mda;

    /// <summary>Whether MODIFY SUBCHANNEL accepts it (ioinst_schib_valid, ioinst.c).</summary>
    public readonly bool IsValid =>
        (Pmcw.Flags & PmcwFlags.Invalid) == 0
        && (Pmcw.Characteristics & (PmcwCharacteristics.Invalid | PmcwCharacteristics.ExtendedMeasurement)) == 0
        && ((Pmcw.Characteristics & PmcwCharacteristics.MeasurementBlockFormat) == 0 || (Mba & 0x3f) == 0);
}
