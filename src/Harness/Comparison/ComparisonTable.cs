using CcwFuzz.Harness.Findings;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Comparison;

/// <summary>What is compared.</summary>
/// <param name="Variants">The columns.</param>
/// <param name="Findings">Whose campaigns are replayed on each.</param>
/// <param name="Corpus">Folders of the inputs that a run of the engine starts from.</param>
/// <param name="Seed">Seed of those runs.</param>
/// <param name="Executions">Executions of each; 0 for no run.</param>
internal sealed record ComparisonPlan(
    IReadOnlyList<Variant> Variants, IReadOnlyList<StoredFinding> Findings, IReadOnlyList<string> Corpus, ulong Seed, long Executions);

/// <summary>Which variant shows which finding.</summary>
/// <param name="Variants">The columns.</param>
/// <param name="Rows">One a finding, in the order of their keys.</param>
/// <param name="Seed">Seed of the engine.</param>
/// <param name="Executions">Executions of the engine on each variant.</param>
/// <param name="Failure">Why a run failed, or null.</param>
internal sealed record ComparisonTable(
    IReadOnlyList<Variant> Variants, IReadOnlyList<ComparisonRow> Rows, ulong Seed, long Executions, string? Failure);

/// <summary>One finding.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Title">Its title.</param>
/// <param name="Cells">One a variant.</param>
internal sealed record ComparisonRow(string Key, string Title, ComparisonCell[] Cells);

/// <summary>One finding on one variant.</summary>
internal sealed record ComparisonCell
{
    /// <summary>What the filed campaign comes to; null if it is clean, or if there is none.</summary>
    public string? Replay { get; init; }

    /// <summary>Whether there is a filed campaign.</summary>
    public bool IsReplayed { get; init; }

    /// <summary>Execution of the engine that came upon it; null if none did.</summary>
    public long? FirstExecution { get; init; }

    /// <summary>Whether the variant shows it, one way or the other.</summary>
    public required bool Shows { get; init; }
}
