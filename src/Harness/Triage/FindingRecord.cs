using System.Text.Json.Nodes;
using CcwFuzz.Harness.Explanation;
using CcwFuzz.Harness.Findings;
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
    public required JsonObject FirstSeen { get; init; }

    /// <summary>What minimization made of it; null if it is not known.</summary>
    public JsonObject? Minimization { get; init; }

    /// <summary>What the campaign does on each variant: the key, or null for clean.</summary>
    public required IReadOnlyList<(string Variant, string? Key)> Survey { get; init; }

    /// <summary>Variants on which other campaigns showed it.</summary>
    public IReadOnlyList<string> AlsoIn { get; init; } = [];

    /// <summary>What it needs.</summary>
    public required Needs Needs { get; init; }

    /// <summary>How often replays showed it.</summary>
    public required Reliability Reliability { get; init; }

    /// <summary>The variants on which it shows, in the catalogue's order.</summary>
    public IReadOnlyList<string> Variants =>
        [.. Survey.Where(s => s.Key == Key || AlsoIn.Contains(s.Variant)).Select(s => s.Variant)];

    /// <summary>The variants on which its campaign runs clean.</summary>
    public IReadOnlyList<string> CleanIn => [.. Survey.Where(s => s.Key is null && !AlsoIn.Contains(s.Variant)).Select(s => s.Variant)];

    /// <summary>The content of finding.json.</summary>
    public JsonObject Json(FuzzTarget target, Campaign campaign, Explained explained)
    {
        var violation = explained.Violation;
        var group = violation is null ? new FindingGroup(Key, "") : FindingGroup.Of(violation, Key);
        var json = new JsonObject
        {
            ["key"] = Key,
            ["title"] = explained.Title,
            ["kind"] = violation?.KindName,
            ["status"] = Status,
            ["group"] = group.Name,
            ["groupReason"] = group.Reason,
        };
        json.AddVariant(target.Variant);
        json["variants"] = JsonOutput.Array(Variants);
        json["cleanIn"] = JsonOutput.Array(CleanIn);
        json["otherIn"] = new JsonObject(Survey.Where(s => s.Key is not null && s.Key != Key && !AlsoIn.Contains(s.Variant))
            .Select(s => KeyValuePair.Create(s.Variant, (JsonNode?)s.Key)));
        json["alsoIn"] = JsonOutput.Array(AlsoIn);
        json["needs"] = Names(Needs);
        json["reliability"] = new JsonObject { ["hits"] = Reliability.Hits, ["runs"] = Reliability.Runs };
        json["inevitable"] = explained.Inevitability is { } moment ? Describe(moment) : null;
        json["firstSeen"] = FirstSeen.DeepClone();
        json["minimization"] = Minimization?.DeepClone();
        json["operations"] = campaign.Operations.Count;
        json["deviations"] = campaign.Deviations.Count;
        json["faults"] = campaign.Faults.Count;
        json["steps"] = explained.Steps;
        json["violation"] = violation is null ? null : JsonOutput.Of(violation);
        return json;
    }

    /// <summary>What minimization did, as JSON.</summary>
    public static JsonObject Describe(MinimizationResult result) => new()
    {
        ["operationsBefore"] = result.OperationsBefore,
        ["operationsAfter"] = result.OperationsAfter,
        ["deviationsBefore"] = result.DeviationsBefore,
        ["deviationsAfter"] = result.DeviationsAfter,
        ["faultsBefore"] = result.FaultsBefore,
        ["faultsAfter"] = result.FaultsAfter,
        ["executions"] = result.Executions,
        ["isMinimal"] = result.IsMinimal,
    };

    private static JsonObject Describe(Inevitability moment) => new()
    {
        ["operation"] = moment.Operation,
        ["point"] = moment.Point,
        ["decision"] = moment.Decision,
        ["decisions"] = moment.Decisions,
        ["step"] = moment.Step,
        ["tries"] = moment.Tries,
    };

    private static JsonArray Names(Needs needs)
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
        return JsonOutput.Array(all.Where(n => n.Is).Select(n => n.Name));
    }
}
