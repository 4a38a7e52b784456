using System.Security.Cryptography;
using System.Text;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Triage;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>What one filed finding does when it is replayed: the same in each process, on each machine.</summary>
/// <param name="Key">Key of the finding.</param>
/// <param name="Steps">Scheduling points of its execution.</param>
/// <param name="Hash">SHA-256 of its trace.</param>
internal sealed record TraceRow(string Key, int Steps, string Hash)
{
    /// <summary>Replays all filed findings, each on its variant.</summary>
    public static IReadOnlyList<TraceRow> All(string findings, Targets targets) =>
    [
        .. StoredFinding.Keys(findings).Select(key => StoredFinding.Open(Path.Combine(findings, key))).Where(f => f.IsTriaged)
            .Select(finding => Of(finding, targets)),
    ];

    private static TraceRow Of(StoredFinding finding, Targets targets)
    {
        var target = targets.Of(StackName.VariantOf(finding));
        target.World.Trace.On = true;
        try
        {
            var verdict = target.Run(CampaignFile.Read(finding.BytesPath));
            var text = new StringBuilder();
            foreach (var line in target.World.Trace.Lines) text.Append(line).Append('\n');
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()));
            return new TraceRow(finding.Key, verdict.Steps, Convert.ToHexStringLower(hash));
        }
        finally
        {
            target.World.Trace.On = false;
        }
    }
}
