using System.Text;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
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

    /// <summary>Functions that say where a violation of the model is: where it happens, and who called that.</summary>
    private const int Naming = 2;

    private const int MostEvidence = 60;

    /// <summary>What a finding looks like on a real guest: its own key, or for one of the model the place where it happens.</summary>
    public static Func<Observation, bool> Sought(StoredFinding? finding)
    {
        if (finding is null) return static _ => true;
        if (finding.IsReal) return p => p.Key == finding.Key;
        var functions = finding.Record?.Violation?.Access?.Functions.Take(Naming).ToList();
        if (finding.Kind == Violation.NameOf(ViolationKind.LostDevice)) return p => p.Oracle == finding.Kind;
        if (functions is null or []) return static _ => true;
        return p => IsHang(p.Oracle) == IsHang(finding.Kind)
            && (p.Functions.Any(functions.Contains) || p.Evidence.Any(l => KernelFunctions.Of(l) is { } f && functions.Contains(f)));
    }

    /// <summary>Whether it is about something that never ends, and not about what is touched.</summary>
    public static bool IsHang(string oracle) => oracle is "hang" or "hung-task" or "lockup" or "agent-silent" or "livelock" or "deadlock";

    /// <summary>Puts an answer into a finding, in the place of an earlier one of the same kernel and QEMU.</summary>
    /// <exception cref="IOException">It cannot be written; what was there is untouched.</exception>
    /// <exception cref="UsageException">What was there cannot be read; it is untouched.</exception>
    public static void Keep(string folder, LinuxReplay replay, int hits, IReadOnlyList<ExactPoint> points)
    {
        var answer = new GuestAnswer
        {
            Kernel = replay.Kernel,
            Qemu = replay.Qemu,
            Reliability = new Reliability(hits, replay.Outcomes.Count),
            Shown = replay.Shown(),
            Title = replay.Problem?.Title,
            Evidence = [.. (replay.Problem?.Evidence ?? []).Take(MostEvidence)],
            Points = points.Count > 0 ? [.. points.Select(p => p.ToString())] : null,
        };
        var all = Read(folder).Where(a => !IsOfGuest(a, replay)).Append(answer)
            .OrderBy(a => $"{a.Kernel} {a.Qemu}", StringComparer.Ordinal);
        var text = JsonOutput.Pretty(new GuestAnswers([.. all]), AnswerJson.Written.GuestAnswers);
        AtomicFile.Write(Path.Combine(folder, FileName), Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Runs of the answer that a finding has from the kernel and the QEMU of a replay; 0 without one.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static int Runs(string folder, LinuxReplay replay) =>
        Read(folder).Where(a => IsOfGuest(a, replay)).Select(a => a.Reliability.Runs).DefaultIfEmpty().Max();

    private static IReadOnlyList<GuestAnswer> Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? JsonFile.Read(path, AnswerJson.Written.GuestAnswers).Answers : [];
    }

    private static bool IsOfGuest(GuestAnswer answer, LinuxReplay replay) => answer.Kernel == replay.Kernel && answer.Qemu == replay.Qemu;
}
