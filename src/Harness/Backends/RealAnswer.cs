using System.Text;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Machine.Logs;
using CcwFuzz.Machine.Play;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Backends;

/// <summary>What real kernels say about a finding: a file beside it, with one answer for each kernel and QEMU.</summary>
internal static class RealAnswer
{
    /// <summary>The file's name.</summary>
    public const string FileName = "linux.json";

    private const string Answers = "answers";
    /// <summary>Functions that say where a violation of the model is: where it happens, and who called that.</summary>
    private const int Naming = 2;

    private const int MostEvidence = 60;

    /// <summary>What a finding looks like on a real guest: its own key, or for one of the model the place where it happens.</summary>
    public static Func<Observation, bool> Sought(StoredFinding? finding)
    {
        if (finding is null) return static _ => true;
        if (finding.IsReal) return p => p.Key == finding.Key;
        var chain = finding.Data["violation"]?["access"]?["functions"] as JsonArray;
        var functions = chain?.Take(Naming).Select(f => f!.GetValue<string>()).ToList();
        if (finding.Kind == Violation.NameOf(ViolationKind.LostDevice)) return p => p.Oracle == finding.Kind;
        if (functions is null or []) return static _ => true;
        return p => IsHang(p.Oracle) == IsHang(finding.Kind)
            && (p.Functions.Any(functions.Contains) || p.Evidence.Any(l => KernelFunctions.Of(l) is { } f && functions.Contains(f)));
    }

    /// <summary>Whether it is about something that never ends, and not about what is touched.</summary>
    public static bool IsHang(string oracle) => oracle is "hang" or "hung-task" or "lockup" or "agent-silent" or "livelock" or "deadlock";

    /// <summary>Puts an answer into a finding, in the place of an earlier one of the same kernel and QEMU.</summary>
    /// <exception cref="IOException">It cannot be written; what was there is untouched.</exception>
    public static void Keep(string folder, LinuxReplay replay, int hits, IReadOnlyList<ExactPoint> points)
    {
        var path = Path.Combine(folder, FileName);
        var answers = Read(folder);
        foreach (var answer in OfGuest(answers, replay)) answers.Remove(answer);
        var answered = new JsonObject
        {
            ["kernel"] = replay.Kernel,
            ["qemu"] = replay.Qemu,
            ["reliability"] = new JsonObject { ["hits"] = hits, ["runs"] = replay.Outcomes.Count },
            ["shown"] = replay.Shown(),
            ["title"] = replay.Problem?.Title,
            ["evidence"] = JsonOutput.Array((replay.Problem?.Evidence ?? []).Take(MostEvidence)),
        };
        if (points.Count > 0) answered["points"] = JsonOutput.Array(points.Select(p => p.ToString()));
        answers.Add((JsonNode)answered);
        var sorted = new JsonArray([.. answers
            .OrderBy(a => $"{a!["kernel"]} {a["qemu"]}", StringComparer.Ordinal)
            .Select(a => a!.DeepClone())]);
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(JsonOutput.Pretty(new JsonObject { [Answers] = sorted })));
    }

    /// <summary>Runs of the answer that a finding has from the kernel and the QEMU of a replay; 0 without one.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static int Runs(string folder, LinuxReplay replay) =>
        OfGuest(Read(folder), replay).Select(a => a?["reliability"]?["runs"]?.GetValue<int>() ?? 0).DefaultIfEmpty().Max();

    private static JsonArray Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))?[Answers] as JsonArray ?? [] : [];
    }

    private static List<JsonNode?> OfGuest(JsonArray answers, LinuxReplay replay) =>
        [.. answers.Where(a => Is(a, "kernel", replay.Kernel) && Is(a, "qemu", replay.Qemu))];

    private static bool Is(JsonNode? answer, string name, string value) => answer?[name]?.GetValue<string>() == value;
}
