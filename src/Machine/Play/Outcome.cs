using CcwFuzz.Machine.Logs;

namespace CcwFuzz.Machine.Play;

/// <summary>What came of a campaign on a real guest.</summary>
/// <param name="Problem">What is wrong; null if nothing is.</param>
/// <param name="Signs">What the guest and QEMU said meanwhile.</param>
/// <param name="Plugs">Devices that were plugged.</param>
/// <param name="Notes">What was not done as the campaign says, and why.</param>
/// <param name="CanReset">Whether the guest can go back by a snapshot: no device is left.</param>
public sealed record Outcome(Observation? Problem, Signs Signs, int Plugs, IReadOnlyList<string> Notes, bool CanReset)
{
    /// <summary>Points that were left out: the kernel has no such function.</summary>
    public IReadOnlyList<ExactPoint> Unknown { get; init; } = [];

    /// <summary>Points where operations happened, or should have.</summary>
    public IReadOnlyList<ExactPoint> Points { get; init; } = [];
}

/// <summary>Signs of what a campaign did. They stand for coverage, because a guest is not instrumented.</summary>
/// <param name="Log">The kernel's log.</param>
/// <param name="Trace">The lines of QEMU's trace.</param>
/// <param name="States">What the guest came to: results of requests, and what became of its devices.</param>
/// <param name="Places">Places of the kernel that requests ran through, where it has kcov: four digits each, one after the other.</param>
public sealed record Signs(
    IReadOnlyList<string> Log, IReadOnlyList<string> Trace, IReadOnlyCollection<string> States, string Places);
