using System.Text.Json.Serialization;
using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Engine;

/// <summary>The result of a run as <c>fuzz --json</c> prints it, and as the parent process reads that of a worker.</summary>
/// <remarks>A process that only runs the target, as <c>bench bare</c> starts, prints no more than the first three fields.</remarks>
internal sealed record RunSummary
{
    /// <summary>Executions.</summary>
    public required long Executions { get; init; }

    /// <summary>Executions a second.</summary>
    public double ExecutionsPerSecond { get; init; }

    /// <summary>Seconds it took.</summary>
    public double Seconds { get; init; }

    /// <summary>Edges of the code reached.</summary>
    public int Edges { get; init; }

    /// <summary>Features of the model reached.</summary>
    public int Features { get; init; }

    /// <summary>Inputs kept.</summary>
    public int Corpus { get; init; }

    /// <summary>Inputs to start from.</summary>
    public int Seeds { get; init; }

    /// <summary>Those of them that the end came before.</summary>
    public int SeedsLeft { get; init; }

    /// <summary>Where all choices came from.</summary>
    public ulong Seed { get; init; }

    /// <summary>The engine.</summary>
    public string Engine { get; init; } = "";

    /// <summary>Processes that fuzzed.</summary>
    public int Workers { get; init; }

    /// <summary>Lifetime regime.</summary>
    public string Variant { get; init; } = "";

    /// <summary>How the host executed instructions.</summary>
    public string Host { get; init; } = "";

    /// <summary>Which QEMU the host modelled.</summary>
    public string HostVersion { get; init; } = "";

    /// <summary>Who notified the guest.</summary>
    public string Notify { get; init; } = "";

    /// <summary>Defects that were on.</summary>
    public IReadOnlyList<string> Defects { get; init; } = [];

    /// <summary>Remedies that were on.</summary>
    public IReadOnlyList<string> Remedies { get; init; } = [];

    /// <summary>What was exchanged with a campaign of afl-fuzz; null without one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SyncCount? Sync { get; init; }

    /// <summary>All runs on the corpus together; null if none is kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunTotals? AllRuns { get; init; }

    /// <summary>Processes of workers that ended before their work did.</summary>
    public IReadOnlyList<DeadWorker> DeadWorkers { get; init; } = [];

    /// <summary>Whether it ended before its limits.</summary>
    public bool Interrupted { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>The findings, in the order of their first execution.</summary>
    public IReadOnlyList<FoundLine> Findings { get; init; } = [];

    /// <summary>Of a worker, seconds from the start of its process to the end of its first execution.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? FirstExecutionAfter { get; init; }

    /// <summary>Of a worker, seconds that it compiled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? CompilationSeconds { get; init; }

    /// <summary>Of a worker, methods that it compiled.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? CompiledMethods { get; init; }

    /// <summary>The summary of a run.</summary>
    public static RunSummary Of(FuzzPlan plan, FuzzResult result)
    {
        var on = VariantNames.Of(plan.Variant);
        return new RunSummary
        {
            Executions = result.Executions,
            ExecutionsPerSecond = Math.Round(result.Rate, 1),
            Seconds = Math.Round(result.Seconds, 3),
            Edges = result.Edges,
            Features = result.Features,
            Corpus = result.Corpus,
            Seeds = result.Seeds,
            SeedsLeft = result.SeedsLeft,
            Seed = plan.Seed,
            Engine = plan.Engine,
            Workers = plan.Workers,
            Variant = on.Variant,
            Host = on.Host,
            HostVersion = on.HostVersion,
            Notify = on.Notify,
            Defects = on.Defects,
            Remedies = on.Remedies,
            Sync = result.Sync,
            AllRuns = result.Totals?.Rounded(),
            DeadWorkers = result.DeadWorkers,
            Interrupted = result.IsInterrupted,
            Error = result.Failure,
            Findings = result.Findings,
        };
    }
}
