using System.Text.Json;
using System.Text.Json.Serialization;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings.Records;

/// <summary>finding.json of a triaged finding: everything that is known about it.</summary>
internal sealed record TriagedRecord : IFindingRecord
{
    /// <inheritdoc/>
    public required string Key { get; init; }

    /// <inheritdoc/>
    public required string Title { get; init; }

    /// <inheritdoc/>
    public required string? Kind { get; init; }

    /// <inheritdoc/>
    public required string Status { get; init; }

    /// <summary>Name of the group of near-duplicates.</summary>
    public required string Group { get; init; }

    /// <summary>Why it is in that group.</summary>
    public required string GroupReason { get; init; }

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

    /// <summary>Variants on which it shows.</summary>
    public required IReadOnlyList<string> Variants { get; init; }

    /// <summary>Variants on which its campaign runs clean.</summary>
    public required IReadOnlyList<string> CleanIn { get; init; }

    /// <summary>Variants on which its campaign shows something else, with that key.</summary>
    public required OrderedDictionary<string, string> OtherIn { get; init; }

    /// <summary>Variants on which other campaigns showed it.</summary>
    public required IReadOnlyList<string> AlsoIn { get; init; }

    /// <summary>What it cannot do without.</summary>
    public required IReadOnlyList<string> Needs { get; init; }

    /// <summary>How often replays showed it.</summary>
    public required Reliability Reliability { get; init; }

    /// <summary>The moment of no return; null if it does not show any more.</summary>
    public required Inevitability? Inevitable { get; init; }

    /// <inheritdoc/>
    public required FirstSeen FirstSeen { get; init; }

    /// <summary>What minimization did; null if it is not known.</summary>
    public required MinimizationCounts? Minimization { get; init; }

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
}
