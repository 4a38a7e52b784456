namespace CcwFuzz.Target.Simulation;

/// <summary>Classes of interrupts, each with its own vector.</summary>
public enum InterruptClass
{
    /// <summary>I/O interrupt of a subchannel: key = subchannel id word, parameter = interruption parameter.</summary>
    Io,
    /// <summary>Adapter interrupt: key = interruption subclass.</summary>
    Adapter,
    /// <summary>Machine check: channel reports are pending.</summary>
    MachineCheck,
    /// <summary>A timer expired; runs as a softirq.</summary>
    Timer,
    /// <summary>The network has work: key = address of what is to be polled. Runs as a softirq.</summary>
    Net,
    /// <summary>A tasklet was scheduled; runs as a softirq.</summary>
    Tasklet,
}

/// <summary>An interrupt that was made pending and not yet taken.</summary>
public struct PendingInterrupt
{
    /// <summary>Which vector it takes.</summary>
    public InterruptClass Class { get; init; }

    /// <summary>Its source; meaning depends on the class.</summary>
    public uint Key { get; init; }

    /// <summary>What the interruption code carries.</summary>
    public uint Parameter { get; init; }

    /// <summary>The timer that expired, or that stands for a tasklet.</summary>
    internal Timer? Timer { get; init; }

    /// <summary>A schedule held it back on the running CPU: it is in flight to another one.</summary>
    internal bool Deferred { get; set; }

    internal readonly bool IsHard => Class is not (InterruptClass.Timer or InterruptClass.Net or InterruptClass.Tasklet);
}
