using System.Text;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Machine.Logs;

namespace CcwFuzz.Harness.Backends;

/// <summary>What real kernels say about a finding: a file beside it, with one answer for each kernel and QEMU.</summary>
internal static class RealAnswer
{
    /// <summary>The file's name.</summary>
    public const string FileName = "linux.json";

    private const string Answers = "answers";
    private const int MostEvidence = 60;

    /// <summary>What a finding looks like on a real guest: its own key, or for one of the model the function where it happens.</summary>
    public static Func<Observation, bool> Sought(StoredFinding? finding)
    {
        if (finding is null) return static _ => true;
        if (finding.Data["backend"] is not null) return p => p.Key == finding.Key;
        var function = finding.Data["violation"]?["access"]?["functions"]?[0]?.GetValue<string>();
        return function is null
            ? static _ => true
            : p => p.Functions.Contains(function) || p.Evidence.Any(l => KernelFunctions.Of(l) == function);
    }

    /// <summary>Puts an answer into a finding, in the place of an earlier one of the same kernel and QEMU.</summary>
    /// <exception cref="IOException">It cannot be written; what was there is untouched.</exception>
    public static void Keep(string folder, LinuxReplay replay, int hits)
    {
        var path = Path.Combine(folder, FileName);
        var answers = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))?[Answers] as JsonArray ?? [] : [];
        var same = answers.Where(a => Is(a, "kernel", replay.Kernel) && Is(a, "qemu", replay.Qemu)).ToList();
        foreach (var answer in same) answers.Remove(answer);
        answers.Add((JsonNode)new JsonObject
        {
            ["kernel"] = replay.Kernel,
            ["qemu"] = replay.Qemu,
            ["reliability"] = new JsonObject { ["hits"] = hits, ["runs"] = replay.Outcomes.Count },
            ["shown"] = replay.Shown(),
            ["title"] = replay.Problem?.Title,
            ["evidence"] = JsonOutput.Array((replay.Problem?.Evidence ?? []).Take(MostEvidence)),
        });
        var inOrder = answers.OrderBy(a => $"{a!["kernel"]} {a["qemu"]}", StringComparer.Ordinal);
        var sorted = new JsonArray([.. inOrder.Select(a => a!.DeepClone())]);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(JsonOutput.Pretty(new JsonObject { [Answers] = sorted })));
    }

    private static bool Is(JsonNode? answer, string name, string value) => answer?[name]?.GetValue<string>() == value;
}
