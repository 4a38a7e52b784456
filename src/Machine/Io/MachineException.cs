namespace CcwFuzz.Machine.Io;

/// <summary>What went wrong with a machine.</summary>
public enum MachineFault
{
    /// <summary>Something that is needed is not there or does not work: a binary, a kernel, room on the disk.</summary>
    Setup,
    /// <summary>QEMU ended, or its monitor is not usable any more.</summary>
    QemuDied,
    /// <summary>The agent of the guest does not answer.</summary>
    AgentSilent,
    /// <summary>QEMU refused a command.</summary>
    Refused,
    /// <summary>The kernel has no function of a name.</summary>
    NoFunction,
}

/// <summary>A machine that does not do what is asked of it; one line.</summary>
/// <param name="fault">What kind of failure it is.</param>
/// <param name="message">What happened, for a person.</param>
public sealed class MachineException(MachineFault fault, string message) : Exception(message)
{
    /// <summary>What kind of failure it is.</summary>
    public MachineFault Fault { get; } = fault;
}
