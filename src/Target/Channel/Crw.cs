namespace CcwFuzz.Target.Channel;

/// <summary>Flag bits of a channel report word's first half.</summary>
[Flags]
public enum CrwFlags : ushort
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>S: solicited.</summary>
    Solicited = 0x4000,
    /// <summary>R: overflow, words before this one were lost.</summary>
    Overflow = 0x2000,
    /// <summary>C: chained, the next word belongs to this one.</summary>
    Chained = 0x1000,
    /// <summary>A: ancillary report.</summary>
    Ancillary = 0x0080,
}

/// <summary>Reporting source codes.</summary>
public enum ReportingSource : byte
{
    /// <summary>A subchannel.</summary>
    Subchannel = 0x3,
    /// <summary>A channel path.</summary>
    ChannelPath = 0x4,
    /// <summary>The channel subsystem.</summary>
    ChannelSubsystem = 0xb,
}

/// <summary>Error recovery codes.</summary>
public enum ErrorRecovery : byte
{
    /// <summary>Event information pending.</summary>
    Event = 0x00,
    /// <summary>Available.</summary>
    Available = 0x01,
    /// <summary>Initialized.</summary>
    Initialized = 0x02,
    /// <summary>Temporary error.</summary>
    TemporaryError = 0x03,
    /// <summary>Installed parameters initialized.</summary>
    InstalledParametersInitialized = 0x04,
    /// <summary>Terminal.</summary>
    Terminal = 0x05,
    /// <summary>Permanent error, facility not initialized.</summary>
    PermanentErrorNotInitialized = 0x06,
    /// <summary>Permanent error, facility initialized.</summary>
    PermanentErrorInitialized = 0x07,
    /// <summary>Installed parameters modified.</summary>
    InstalledParametersModified = 0x08,
    /// <summary>Installed parameters restored.</summary>
    InstalledParametersRestored = 0x0a,
}

/// <summary>Channel report word (struct crw, CRW).</summary>
/// <param name="Flags">Flag bits.</param>
/// <param name="Source">Reporting source code.</param>
/// <param name="Recovery">Error recovery code.</param>
/// <param name="SourceId">Reporting source id: a subchannel number, or set and image in a chained word.</param>
public readonly record struct Crw(CrwFlags Flags, ReportingSource Source, ErrorRecovery Recovery, ushort SourceId)
{
    /// <summary>As the instruction stores it.</summary>
    public uint Word => ((uint)Flags << 16) | ((uint)Source << 24) | ((uint)Recovery << 16) | SourceId;

    /// <summary>Whether the next word belongs to this one.</summary>
    public bool IsChained => (Flags & CrwFlags.Chained) != 0;

    /// <summary>Whether words before this one were lost.</summary>
    public bool IsOverflow => (Flags & CrwFlags.Overflow) != 0;
}
