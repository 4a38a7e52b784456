namespace CcwFuzz.Machine.Guests;

/// <summary>What a machine is made of.</summary>
public sealed record VmSettings
{
    /// <summary>The binary that is run if no other is asked for.</summary>
    public const string UsualQemu = "qemu-system-s390x";

    /// <summary>MiB of this machine's memory that one of the usual size takes.</summary>
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

    /// <summary>How long anything may take that is done at once on a quiet machine.</summary>
    public TimeSpan AnswerTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a guest that is silent may take to say where it spins.</summary>
    public TimeSpan StallTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long something must stay wrong to count: a task asleep, a device that does not come.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);
}
