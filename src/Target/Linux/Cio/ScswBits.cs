using CcwFuzz.Target.Channel;

namespace CcwFuzz.Target.Linux.Cio;

/// <summary>The guest's names for the bits of a subchannel-status word (asm/scsw.h).</summary>
internal static class ScswBits
{
    public const int FctlStart = 4;
    public const int FctlHalt = 2;
    public const int FctlClear = 1;
    public const int ActlStartPending = 0x20;
    public const int ActlHaltPending = 0x10;
    public const int ActlClearPending = 0x08;
    public const int ActlSubchannelActive = 0x04;
    public const int ActlDeviceActive = 0x02;
    public const int ActlSuspended = 0x01;
    public const int StctlAlert = 0x10;
    public const int StctlIntermediate = 0x08;
    public const int StctlPrimary = 0x04;
    public const int StctlSecondary = 0x02;
    public const int StctlPending = 0x01;
    public const byte DstatChannelEnd = 0x08;
    public const byte DstatDeviceEnd = 0x04;
    public const byte DstatUnitCheck = 0x02;
    public const byte CstatPci = 0x80;
    public const byte CstatIncorrectLength = 0x40;

    /// <summary>scsw_fctl().</summary>
    public static int Fctl(this Scsw scsw) => ((int)scsw.Control >> 12) & 7;

    /// <summary>scsw_actl().</summary>
    public static int Actl(this Scsw scsw) => ((int)scsw.Control >> 5) & 0x7f;

    /// <summary>scsw_stctl().</summary>
    public static int Stctl(this Scsw scsw) => (int)scsw.Control & 0x1f;

    /// <summary>scsw_dstat().</summary>
    public static byte Dstat(this Scsw scsw) => (byte)scsw.DeviceStatus;

    /// <summary>scsw_cstat().</summary>
    public static byte Cstat(this Scsw scsw) => (byte)scsw.SubchannelStatus;

    /// <summary>scsw_pno(), where scsw_is_valid_pno().</summary>
    public static bool Pno(this Scsw scsw) =>
        (scsw.Flags & ScswFlags.PathNotOperational) != 0 && scsw.Fctl() != 0 && scsw.IsStatusPending
        && ((scsw.Stctl() & StctlIntermediate) == 0 || (scsw.Actl() & ActlSuspended) != 0);

    /// <summary>scsw_is_solicited().</summary>
    public static bool IsSolicited(this Scsw scsw) => scsw.DeferredCc != 0 || scsw.Stctl() != (StctlPending | StctlAlert);

    /// <summary>Whether the interrupt carries sense data (erw.cons).</summary>
    public static bool HasConcurrentSense(this in Irb irb) => (irb.Esw.Erw & Esw.ErwConcurrentSense) != 0;

    /// <summary>css_sch_is_valid(): the subchannel has a device.</summary>
    public static bool HasDevice(this in Schib schib) => schib.Pmcw.IsDeviceNumberValid;

    /// <summary>Models cio_apply_config() within its caller.</summary>
    public static Schib WithConfig(this Schib schib, SchConfig config)
    {
        schib.Pmcw.InterruptionParameter = config.Intparm;
        schib.Pmcw.Mbi = 0;
        schib.Pmcw.Isc = config.Isc;
        schib.Pmcw.Flags = (schib.Pmcw.Flags & ~(PmcwFlags.Enabled | PmcwFlags.MeasurementModeMask | PmcwFlags.Multipath))
            | (config.Ena ? PmcwFlags.Enabled : 0) | (config.Mp ? PmcwFlags.Multipath : 0);
        schib.Pmcw.Characteristics =
            (schib.Pmcw.Characteristics & ~(PmcwCharacteristics.ConcurrentSense | PmcwCharacteristics.MeasurementBlockFormat))
            | (config.Csense ? PmcwCharacteristics.ConcurrentSense : 0);
        return schib;
    }

    /// <summary>Models cio_check_config() within its caller.</summary>
    public static bool HasConfig(this Schib schib, SchConfig config)
    {
        var wanted = schib.WithConfig(config).Pmcw;
        return wanted.InterruptionParameter == schib.Pmcw.InterruptionParameter && wanted.Mbi == schib.Pmcw.Mbi
            && wanted.Flags == schib.Pmcw.Flags && wanted.Characteristics == schib.Pmcw.Characteristics;
    }
}
