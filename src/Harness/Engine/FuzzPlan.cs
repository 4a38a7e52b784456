using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Engine;

/// <summary>What a run of the engine is asked to do.</summary>
internal sealed record FuzzPlan
{
    /// <summary>What is run.</summary>
    public required Variant Variant { get; init; }

    /// <summary>Where all choices come from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>guided, pct, random or bytes.</summary>
    public required string Engine { get; init; }

    /// <summary>Executions after which it ends; 0 for no limit.</summary>
    public long Executions { get; init; }

    /// <summary>Seconds after which it ends; 0 for no limit.</summary>
    public double Seconds { get; init; }

    /// <summary>Processes that fuzz.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Folders with the inputs to start from.</summary>
    public IReadOnlyList<string> Corpus { get; init; } = [];

    /// <summary>
    /// Whether inputs are played in the order of <see cref="SeedOrder"/>, the later ones in turn with mutants; otherwise all of them
    /// are played first, in the order of their names, so that runs on several variants can be compared.
    /// </summary>
    public bool RanksSeeds { get; init; }

    /// <summary>Folder that new inputs are written to, or null.</summary>
    public string? KeepIn { get; init; }

    /// <summary>What is new about an execution.</summary>
    public Feedback Feedback { get; init; } = Feedbacks.Usual;

    /// <summary>Whether inputs that violate something are kept and mutated, and no others: AFL's crash exploration.</summary>
    public bool KeepsViolations { get; init; }

    /// <summary>The campaign of afl-fuzz it takes part in, or null.</summary>
    public SyncPlan? Sync { get; init; }

    /// <summary>Names (<see cref="InputFiles.ContentName"/>) of inputs that are not started from, because a worker died of them.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Folder of the findings.</summary>
    public required string Findings { get; init; }

    /// <summary>Other folders in which findings are looked up; nothing is written there.</summary>
    public IReadOnlyList<string> Baseline { get; init; } = [];

    /// <summary>Whether an input is not to be run.</summary>
    public bool LeavesOut(byte[] input) => Without.Count > 0 && Without.Contains(InputFiles.ContentName(RecordBuffer.Whole(input)));
}
