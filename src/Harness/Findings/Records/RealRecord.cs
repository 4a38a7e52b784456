using System.Text.Json;
using System.Text.Json.Serialization;

namespace CcwFuzz.Harness.Findings.Records;

/// <summary>finding.json of something that a real guest showed.</summary>
internal sealed record RealRecord : IFindingRecord
{
    /// <summary>The only real guest there is.</summary>
    public const string Linux = "linux";

    /// <inheritdoc/>
    public required string Key { get; init; }

    /// <inheritdoc/>
    public required string Title { get; init; }

    /// <inheritdoc/>
    public required string Kind { get; init; }

    /// <inheritdoc/>
    public required string Status { get; init; }

    /// <summary>What showed it.</summary>
    public required string Backend { get; init; }

    /// <summary>Release of the kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Version of QEMU.</summary>
    public required string Qemu { get; init; }

    /// <summary>Seed of the run that found it; 0 without one.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Number of the execution that came upon it.</summary>
    public required long FirstExecution { get; init; }

    /// <summary>How often it showed.</summary>
    public required Reliability Reliability { get; init; }

    /// <summary>The functions that name it.</summary>
    public required IReadOnlyList<string> Functions { get; init; }

    /// <inheritdoc/>
    public required int Operations { get; init; }

    /// <summary>Operations that it had before it was minimized.</summary>
    public required int OperationsBefore { get; init; }

    /// <inheritdoc/>
    public required int Deviations { get; init; }

    /// <inheritdoc/>
    public required int Faults { get; init; }

    /// <summary>What the model says about the same campaign.</summary>
    public required ModelRecord Model { get; init; }

    /// <summary>Lines of logs that show it.</summary>
    public required IReadOnlyList<string> Evidence { get; init; }

    /// <summary>What a person says about it; null if nobody did.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Judgement { get; init; }

    /// <summary>Where operations happen exactly; null for nowhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Points { get; init; }

    /// <summary>What somebody added; it stays.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    /// <inheritdoc/>
    [JsonIgnore]
    public FirstSeen FirstSeen => new() { Seed = Seed, Execution = FirstExecution };
}

/// <summary>What the model says about a campaign of a real guest.</summary>
/// <param name="Verdict">clean or violation.</param>
/// <param name="Key">Key of what it shows, or null.</param>
/// <param name="Title">Title of that, or null.</param>
/// <param name="Same">Whether it is where the real guest's problem is.</param>
/// <param name="Remedies">Remedies that were on so that it shows.</param>
/// <param name="Campaign">The campaign with the overlaps that show it; null for those that were asked about.</param>
internal sealed record ModelRecord(
    string Verdict, string? Key, string? Title, bool Same, IReadOnlyList<string> Remedies, string? Campaign);
