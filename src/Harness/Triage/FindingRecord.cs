using CcwFuzz.Harness.Explanation;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Triage;

/// <summary>Everything that is known about a triaged finding, as it is written to finding.json.</summary>
internal sealed record FindingRecord
{
    /// <summary>Its identity.</summary>
    public required string Key { get; init; }

    /// <summary>open, fixed or expected.</summary>
    public string Status { get; init; } = FindingStatus.Open;

    /// <summary>Where and when it was seen first; kept for ever.</summary>
    public required FirstSeen FirstSeen { get; init; }

    /// <summary>What minimization made of it; null if it is not known.</summary>
    public MinimizationCounts? Minimization { get; init; }

    /// <summary>What the campaign does on each variant: the key, or null for clean.</summary>
    public required IReadOnlyList<(string Variant, string? Key)> Survey { get; init; }

    /// <summary>Variants, and stacks with other switches or hosts, on which other campaigns showed it.</summary>
    public IReadOnlyList<string> AlsoIn { get; init; } = [];

    /// <summary>What it needs.</summary>
    public required Needs Needs { get; init; }

    /// <summary>How often replays showed it.</summary>
    public required Reliability Reliability { get; init; }

    /// <summary>The variants on which it shows, in the catalogue's order.</summary>
    public IReadOnlyList<string> Variants =>
        [.. Survey.Where(s => s.Key == Key || AlsoIn.Contains(s.Variant)).Select(s => s.Variant).Union(AlsoIn)];

    /// <summary>The variants on which its campaign runs clean.</summary>
    public IReadOnlyList<string> CleanIn => [.. Survey.Where(s => s.Key is null && !AlsoIn.Contains(s.Variant)).Select(s => s.Variant)];

    /// <summary>The content of finding.json.</summary>
    public TriagedRecord Content(FuzzTarget target, Campaign campaign, Explained explained)
    {
        var violation = explained.Violation;
        var group = violation is null ? new FindingGroup(Key, "") : FindingGroup.Of(violation, Key);
        var on = VariantNames.Of(target.Variant);
        return new TriagedRecord
        {
            Key = Key,
            Title = explained.Title,
            Kind = violation?.KindName,
            Status = Status,
            Group = group.Name,
            GroupReason = group.Reason,
            Variant = on.Variant,
            Host = on.Host,
            HostVersion = on.HostVersion,
            Notify = on.Notify,
            Defects = on.Defects,
            Remedies = on.Remedies,
            Variants = Variants,
            CleanIn = CleanIn,
            OtherIn = new(Survey.Where(s => s.Key is not null && s.Key != Key && !AlsoIn.Contains(s.Variant))
                .Select(s => KeyValuePair.Create(s.Variant, s.Key!))),
            AlsoIn = AlsoIn,
            Needs = Names(Needs),
            Reliability = Reliability,
            Inevitable = explained.Inevitability,
            FirstSeen = FirstSeen,
            Minimization = Minimization,
            Operations = campaign.Operations.Count,
            Deviations = campaign.Deviations.Count,
            Faults = campaign.Faults.Count,
            Steps = explained.Steps,
            Violation = violation is null ? null : ViolationRecord.Of(violation),
        };
    }

    /// <summary>What minimization did.</summary>
    public static MinimizationCounts Describe(MinimizationResult result) => new(
        result.OperationsBefore,
        result.OperationsAfter,
        result.DeviationsBefore,
        result.DeviationsAfter,
        result.FaultsBefore,
        result.FaultsAfter,
        result.Executions,
        result.IsMinimal);

    private static List<string> Names(Needs needs)
    {
        (bool Is, string Name)[] all =
        [
            (needs.TwoCpus, "two CPUs"),
            (needs.MemoryPressure, "memory pressure"),
            (needs.SecondDevice, "a second device"),
            (needs.TimePassing, "time passing"),
            (needs.Schedule, "a schedule"),
            (needs.Overlap, "overlapping operations"),
            (needs.DeferredHost, "a deferred host"),
        ];
        return [.. all.Where(n => n.Is).Select(n => n.Name)];
    }
}
