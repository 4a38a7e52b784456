using CcwFuzz.Machine.Logs;

namespace CcwFuzz.Machine.Play;

/// <summary>What came of a campaign on a real guest.</summary>
/// <param name="Problem">What is wrong; null if nothing is.</param>
/// <param name="Log">The kernel's log of the campaign.</param>
/// <param name="Plugs">Devices that were plugged.</param>
/// <param name="Notes">What was not done as the campaign says, and why.</param>
/// <param name="CanReset">Whether the guest can go back by a snapshot: no device is left.</param>
public sealed record Outcome(
    Observation? Problem, IReadOnlyList<string> Log, int Plugs, IReadOnlyList<string> Notes, bool CanReset);
