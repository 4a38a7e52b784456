using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Target;

/// <summary>What one execution came to.</summary>
/// <remarks>The trace, if it was on, is in <see cref="World.Trace"/>; what was reached is in <see cref="World.Features"/>.</remarks>
public readonly struct Verdict
{
    /// <summary>What went wrong, or null.</summary>
    public Violation? Violation { get; init; }

    /// <summary>Operations of the campaign.</summary>
    public int Operations { get; init; }

    /// <summary>Number of the operation that was started last; later ones had no part in a violation. -1 if none was.</summary>
    public int LastOperation { get; init; }

    /// <summary>Scheduling points passed.</summary>
    public int Steps { get; init; }

    /// <summary>Places where more than one thing could have happened next.</summary>
    public int Decisions { get; init; }

    /// <summary>Those of them that belong to an operation: a campaign records no deviation for what comes after its operations.</summary>
    public int RecordableDecisions { get; init; }

    /// <summary>The departures from run-to-completion that were taken; valid until the next execution.</summary>
    public IReadOnlyList<Deviation> TakenDeviations { get; init; }

    /// <summary>Whether nothing went wrong.</summary>
    public bool IsClean => Violation is null;

    /// <summary>Whether CcwFuzz itself failed: never a finding.</summary>
    public bool IsModelError => Violation?.Kind == ViolationKind.ModelError;

    /// <summary>The finding's identity, or null; computed at each call.</summary>
    public string? Key => Violation is null ? null : FindingKey.Of(Violation);

    /// <summary>The finding's title in one line, or null.</summary>
    public string? Title => Violation is null ? null : FindingKey.TitleOf(Violation);
}
