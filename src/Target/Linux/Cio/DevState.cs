namespace CcwFuzz.Target.Linux.Cio;

/// <summary>States of a ccw device (enum dev_state, device.h).</summary>
public enum DevState
{
    /// <summary>Not operational.</summary>
    NotOper,
    /// <summary>Recognition runs.</summary>
    SenseId,
    /// <summary>Known and offline.</summary>
    Offline,
    /// <summary>Path verification runs.</summary>
    Verify,
    /// <summary>Online.</summary>
    Online,
    /// <summary>Online, basic sense runs.</summary>
    W4Sense,
    /// <summary>Path group is being disbanded.</summary>
    DisbandPgid,
    /// <summary>Does not answer.</summary>
    Boxed,
    /// <summary>I/O is being killed after a timeout.</summary>
    TimeoutKill,
    /// <summary>I/O is being stopped.</summary>
    Quiesce,
    /// <summary>Gone, kept for its driver.</summary>
    Disconnected,
    /// <summary>Kept, and being recognized again.</summary>
    DisconnectedSenseId,
    /// <summary>The mode of measurements waits for I/O to end.</summary>
    CmfChange,
    /// <summary>The copy of a measurement block waits for I/O to end.</summary>
    CmfUpdate,
    /// <summary>A reservation by somebody else is being broken.</summary>
    StealLock,
}

/// <summary>Events of a ccw device (enum dev_event, device.h).</summary>
public enum DevEvent
{
    /// <summary>Not operational.</summary>
    NotOper,
    /// <summary>Interrupt.</summary>
    Interrupt,
    /// <summary>Timeout.</summary>
    Timeout,
    /// <summary>Verify paths.</summary>
    Verify,
}

/// <summary>Names and properties of states.</summary>
public static class DevStateExtensions
{
    private static readonly string[] Names =
    [
        "NOT_OPER", "SENSE_ID", "OFFLINE", "VERIFY", "ONLINE", "W4SENSE", "DISBAND_PGID", "BOXED", "TIMEOUT_KILL", "QUIESCE",
        "DISCONNECTED", "DISCONNECTED_SENSE_ID", "CMFCHANGE", "CMFUPDATE", "STEAL_LOCK",
    ];

    /// <summary>The kernel's name, without DEV_STATE_.</summary>
    public static string KernelName(this DevState state) => Names[(int)state];

    /// <summary>Models dev_fsm_final_state() within its caller.</summary>
    public static bool IsFinal(this DevState state) =>
        state is DevState.NotOper or DevState.Offline or DevState.Online or DevState.Boxed;
}
