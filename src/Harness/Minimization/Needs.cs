namespace CcwFuzz.Harness.Minimization;

/// <summary>What a finding cannot do without.</summary>
internal sealed record Needs
{
    /// <summary>It does not show on one virtual CPU, whatever the schedule.</summary>
    public bool TwoCpus { get; init; }

    /// <summary>It does not show without an allocation that fails.</summary>
    public bool MemoryPressure { get; init; }

    /// <summary>It does not show when all operations are about one device.</summary>
    public bool SecondDevice { get; init; }

    /// <summary>It does not show without waiting on purpose.</summary>
    public bool TimePassing { get; init; }

    /// <summary>It does not show under the default schedule.</summary>
    public bool Schedule { get; init; }

    /// <summary>It does not show when each operation waits until everything is quiet.</summary>
    public bool Overlap { get; init; }

    /// <summary>It does not show on a host that completes channel programs within SSCH.</summary>
    public bool DeferredHost { get; init; }
}
