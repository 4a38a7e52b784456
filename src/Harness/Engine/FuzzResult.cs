using System.Text.Json.Serialization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Engine.Workers;

namespace CcwFuzz.Harness.Engine;

/// <summary>What a run came to, for the summary; of one process, or of several together.</summary>
internal sealed record FuzzResult
{
    /// <summary>Executions.</summary>
    public required long Executions { get; init; }

    /// <summary>Seconds it took.</summary>
    public required double Seconds { get; init; }

    /// <summary>Edges of the code reached; of several processes the most that one reached.</summary>
    public required int Edges { get; init; }

    /// <summary>Features of the model reached; of several processes the most that one reached.</summary>
    public required int Features { get; init; }

    /// <summary>Seconds from the start of the process to the end of its first execution; 0 of several processes.</summary>
    public double FirstExecutionAfter { get; init; }

    /// <summary>Inputs kept.</summary>
    public required int Corpus { get; init; }

    /// <summary>Inputs to start from.</summary>
    public int Seeds { get; init; }

    /// <summary>Those of them that the end came before; of several processes the fewest.</summary>
    public int SeedsLeft { get; init; }

    /// <summary>The findings, in the order of their first execution.</summary>
    public required IReadOnlyList<FoundLine> Findings { get; init; }

    /// <summary>Processes of workers that ended before their work did, in the order of their ends.</summary>
    public IReadOnlyList<DeadWorker> DeadWorkers { get; init; } = [];

    /// <summary>All runs that kept inputs in the same folder, this one included; null if none are kept.</summary>
    public RunTotals? Totals { get; init; }

    /// <summary>What was exchanged with a campaign of afl-fuzz, or null.</summary>
    public SyncCount? Sync { get; init; }

    /// <summary>Whether it ended before its limits.</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Executions a second.</summary>
    public double Rate => Seconds > 0 ? Executions / Seconds : 0;

    /// <summary>The exit code of the run.</summary>
    public int Exit => Failure is not null ? ExitCode.Internal
        : Findings.Any(f => f.IsNew || f.IsRegression) ? ExitCode.Violation
        : ExitCode.Clean;
}

/// <summary>One finding as the summary lists it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Title">Its title.</param>
/// <param name="Kind">Its kind, in kebab case.</param>
/// <param name="IsNew">Whether it is not filed, or nothing says that it is expected on what ran.</param>
/// <param name="IsRegression">Whether it is filed as fixed or as clean on what ran, and came back.</param>
/// <param name="FirstExecution">Number of the execution that came upon it.</param>
/// <param name="Hits">How often the run came upon it.</param>
/// <param name="Operations">Operations of the input that is kept.</param>
/// <param name="Folder">Where it is, or null if it could not be written.</param>
/// <param name="Input">The input in base 64 if it could not be written, else null.</param>
/// <param name="Note">Why it is no news or a regression, if that does not go without saying.</param>
internal sealed record FoundLine(
    string Key,
    string Title,
    string Kind,
    [property: JsonPropertyName("new")] bool IsNew,
    [property: JsonPropertyName("regression")] bool IsRegression,
    long FirstExecution,
    long Hits,
    int Operations,
    string? Folder,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Input = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note = null)
{
    /// <summary>new, known or regression.</summary>
    public string Status => IsNew ? "new" : IsRegression ? "regression" : "known";
}
