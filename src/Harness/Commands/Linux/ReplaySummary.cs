using System.Text.Json.Nodes;
using CcwFuzz.Harness.Backends;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Commands.Linux;

/// <summary>What replays on a real kernel showed, for people and as JSON.</summary>
internal static class ReplaySummary
{
    /// <summary>The JSON object of the contract.</summary>
    public static JsonObject Json(
        LinuxReplay replay, Campaign campaign, IEnumerable<string> notes, ModelAnswer model) => new()
    {
        ["verdict"] = replay.Problem is null ? "clean" : "violation",
        ["key"] = replay.Problem?.Key,
        ["title"] = replay.Problem?.Title,
        ["kind"] = replay.Problem?.Oracle,
        ["operations"] = campaign.Operations.Count,
        ["kernel"] = replay.Kernel,
        ["qemu"] = replay.Qemu,
        ["reliability"] = new JsonObject { ["hits"] = replay.Hits, ["runs"] = replay.Outcomes.Count },
        ["keys"] = JsonOutput.Array(replay.Outcomes.Select(o => o.Problem?.Key ?? "clean")),
        ["shown"] = new JsonObject(replay.Shown().Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value))),
        ["notes"] = JsonOutput.Array(notes),
        ["model"] = JsonOutput.Node(model.Record(), FindingJson.Written.ModelRecord),
        ["evidence"] = JsonOutput.Array(replay.Problem?.Evidence ?? []),
    };

    /// <summary>Prints it for people.</summary>
    public static void Print(TextWriter output, LinuxReplay replay, IEnumerable<string> notes, ModelAnswer model)
    {
        output.WriteLine(replay.Problem is { } problem ? $"violation: {problem.Title}" : "clean");
        if (replay.Problem is not null) output.WriteLine($"key        {replay.Problem.Key}");
        output.WriteLine($"shown      {replay.Hits} of {replay.Outcomes.Count}");
        if (replay.Outcomes.Count > 1)
            foreach (var (key, count) in replay.Shown()) output.WriteLine($"           {count,3} {key}");
        output.WriteLine($"guest      {replay.Kernel} under QEMU {replay.Qemu}");
        output.WriteLine($"model      {model}");
        foreach (var note in notes) output.WriteLine($"note       {note}");
        foreach (var line in replay.Problem?.Evidence ?? []) output.WriteLine($"  {line}");
    }
}
