using System.Text.Json.Nodes;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Output;

/// <summary>Says which parts of a campaign did nothing in an execution, and why.</summary>
internal static class IdleWriter
{
    /// <summary>A line for each part.</summary>
    public static void Write(TextWriter output, IReadOnlyList<WithoutEffect> idle)
    {
        foreach (var part in idle) output.WriteLine($"no effect  operation {part.Operation}: {part.Text} ({part.Why})");
    }

    /// <summary>The parts for machines.</summary>
    public static JsonArray JsonOf(IReadOnlyList<WithoutEffect> idle) => new([.. idle.Select(part => (JsonNode)new JsonObject
    {
        ["kind"] = part.Kind.ToString().ToLowerInvariant(),
        ["operation"] = part.Operation,
        ["text"] = part.Text,
        ["why"] = part.Why,
    })]);

    /// <summary>The text of a campaign with a comment behind each line that did nothing; it parses to the same campaign.</summary>
    public static string Mark(Campaign campaign, IReadOnlyList<WithoutEffect> idle)
    {
        var lines = campaign.ToString().Split('\n');
        foreach (var part in idle) lines[LineOf(campaign, part)] += $"  # no effect: {part.Why}";
        return string.Join('\n', lines);
    }

    /// <summary>Line of the text, from 0: an operation's line is followed by those of its faults and then of its deviations.</summary>
    private static int LineOf(Campaign campaign, WithoutEffect part)
    {
        var line = part.Operation
            + campaign.Faults.Count(f => f.Operation < part.Operation)
            + campaign.Deviations.Count(d => d.Operation < part.Operation);
        if (part.Kind == RecordKind.Operation) return line;
        if (part.Kind == RecordKind.Fault) return line + 1 + campaign.Faults.Take(part.Number).Count(f => f.Operation == part.Operation);
        return line + 1 + campaign.Faults.Count(f => f.Operation == part.Operation)
            + campaign.Deviations.Take(part.Number).Count(d => d.Operation == part.Operation);
    }
}
