namespace CcwFuzz.Machine.Guests;

/// <summary>What a machine is made of.</summary>
public sealed record VmSettings
{
    /// <summary>The binary that is run if no other is asked for.</summary>
    public const string UsualQemu = "qemu-system-s390x";

    /// <summary>MiB of memory that QEMU takes for a guest of the usual size: the guest's memory and its own.</summary>
    public const int Room = UsualMemory + 128;

    private const int UsualMemory = 192;

    /// <summary>Kernel and initramfs.</summary>
    public required GuestFiles Guest { get; init; }

    /// <summary>The QEMU binary.</summary>
    public string Qemu { get; init; } = UsualQemu;

    /// <summary>Words added to the kernel's command line.</summary>
    public string Append { get; init; } = "";

    /// <summary>Virtual CPUs.</summary>
    public int Cpus { get; init; } = 1;

    /// <summary>MiB of memory.</summary>
    public int Memory { get; init; } = UsualMemory;

    /// <summary>How long a guest may take to come up.</summary>
    public TimeSpan BootTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an answer may take that comes at once where the machine is not busy.</summary>
    public TimeSpan AnswerTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the kernel of a silent guest may take to report in its log where a processor spins.</summary>
    public TimeSpan StallTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long something must stay wrong before it is a problem: a task asleep, a device that does not come.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);
}
