using System.Text.Json;
using System.Text.Json.Serialization;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings.Records;

/// <summary>finding.json of what <c>fuzz</c> found and nobody triaged.</summary>
internal sealed record RawRecord : IFindingRecord
{
    /// <inheritdoc/>
    public required string Key { get; init; }

    /// <inheritdoc/>
    public required string Title { get; init; }

    /// <inheritdoc/>
    public required string? Kind { get; init; }

    /// <inheritdoc/>
    public required string? Variant { get; init; }

    /// <inheritdoc/>
    public required string? Host { get; init; }

    /// <inheritdoc/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HostVersion { get; init; }

    /// <inheritdoc/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Notify { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<string> Defects { get; init; }

    /// <inheritdoc/>
    public required IReadOnlyList<string> Remedies { get; init; }

    /// <summary>The engine.</summary>
    public required string Engine { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Number of the execution that came upon it.</summary>
    public required long FirstExecution { get; init; }

    /// <inheritdoc/>
    public required int Operations { get; init; }

    /// <inheritdoc/>
    public required int Deviations { get; init; }

    /// <inheritdoc/>
    public required int Faults { get; init; }

    /// <summary>Scheduling points of the run.</summary>
    public required int Steps { get; init; }

    /// <inheritdoc/>
    public required ViolationRecord? Violation { get; init; }

    /// <summary>What somebody added; it stays.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public FirstSeen FirstSeen => new() { Engine = Engine, Seed = Seed, Execution = FirstExecution };
}
