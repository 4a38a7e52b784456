namespace CcwFuzz.Target.Linux.Drivers.Scsi;

/// <summary>Numbers of SCSI and of the midlayer (include/scsi/scsi_proto.h, scsi_status.h).</summary>
internal static class ScsiConstants
{
    internal const byte TestUnitReady = 0x00;
    internal const byte Inquiry = 0x12;
    internal const byte ModeSense = 0x1a;
    internal const byte ReadCapacity = 0x25;
    internal const byte Read10 = 0x28;
    internal const byte Write10 = 0x2a;
    internal const byte SynchronizeCache = 0x35;
    internal const byte ServiceActionIn16 = 0x9e;
    internal const byte ReadCapacity16 = 0x10;
    internal const byte ReportLuns = 0xa0;

    internal const byte CheckCondition = 2;
    internal const byte Busy = 8;
    internal const byte TaskSetFull = 0x28;
    internal const byte TaskAborted = 0x40;

    internal const byte RecoveredError = 1;
    internal const byte NotReady = 2;
    internal const byte IllegalRequest = 5;
    internal const byte UnitAttention = 6;
    internal const byte AbortedCommand = 0xb;

    internal const int DidOk = 0;
    internal const int DidNoConnect = 1;
    internal const int DidBusBusy = 2;
    internal const int DidTimeOut = 3;
    internal const int DidBadTarget = 4;
    internal const int DidAbort = 5;
    internal const int DidError = 7;
    internal const int DidReset = 8;
    internal const int DidTransportDisrupted = 0xe;

    /// <summary>SCSI-3, as the midlayer counts (SCSI_3).</summary>
    internal const int LevelScsi3 = 4;

    /// <summary>Longest command descriptor block.</summary>
    internal const int MaxCdb = 32;

    /// <summary>Longest sense data (SCSI_SENSE_BUFFERSIZE).</summary>
    internal const int SenseSize = 96;

    /// <summary>Length of a command by its group (COMMAND_SIZE).</summary>
    internal static int CommandSize(byte opcode) => (opcode >> 5) switch
    {
        0 => 6,
        1 or 2 => 10,
        4 => 16,
        5 => 12,
        _ => 10,
    };

    /// <summary>The host byte of a result.</summary>
    internal static int HostByte(int result) => (result >> 16) & 0xff;
}

/// <summary>State of a host (enum scsi_host_state).</summary>
public enum ScsiHostState
{
    /// <summary>Allocated, not yet added.</summary>
    Created,
    /// <summary>Added.</summary>
    Running,
    /// <summary>Its error handler works.</summary>
    Recovery,
    /// <summary>Being removed.</summary>
    Cancel,
    /// <summary>Removed.</summary>
    Deleted,
    /// <summary>Being removed while its error handler works.</summary>
    CancelRecovery,
    /// <summary>Removed while its error handler works.</summary>
    DeletedRecovery,
}

/// <summary>State of a device (enum scsi_device_state).</summary>
public enum ScsiDeviceState
{
    /// <summary>Allocated, being probed.</summary>
    Created,
    /// <summary>Works.</summary>
    Running,
    /// <summary>Being removed: only commands of the removal itself.</summary>
    Cancel,
    /// <summary>Removed: no commands.</summary>
    Deleted,
    /// <summary>The error handler gave up on it.</summary>
    Offline,
}

/// <summary>State of a target (enum scsi_target_state).</summary>
public enum ScsiTargetState
{
    /// <summary>Allocated, no device of it is visible.</summary>
    Created,
    /// <summary>Visible.</summary>
    Running,
    /// <summary>Its last device went.</summary>
    Deleted,
}

/// <summary>What to do with a command that ended (enum scsi_disposition).</summary>
internal enum ScsiDisposition
{
    /// <summary>Report it as it is.</summary>
    Success,
    /// <summary>Start it again at once.</summary>
    NeedsRetry,
    /// <summary>Start it again later.</summary>
    AddToQueue,
    /// <summary>Leave it to the error handler.</summary>
    Failed,
}
