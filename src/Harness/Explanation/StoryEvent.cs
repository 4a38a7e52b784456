using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Explanation;

/// <summary>One step of the story that a finding tells.</summary>
/// <param name="Step">Scheduling points passed when it happened.</param>
/// <param name="From">Who did it: a context, or the host.</param>
/// <param name="To">Who it reached, or null if it concerns only the actor.</param>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">What happened, in the kernel's names.</param>
internal sealed record StoryEvent(int Step, string From, string? To, TraceKind Kind, string Text)
{
    /// <summary>Name of the actor outside the guest.</summary>
    public const string Host = "host";

    /// <summary>Whether it is the violation.</summary>
    public bool IsViolation => Kind == TraceKind.Violation;
}
