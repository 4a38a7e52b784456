using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Explanation;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Triage;

/// <summary>What a filed finding does now, as the report that is compared with the verified one.</summary>
internal static class SnapshotReport
{
    /// <summary>Replays the finding in a folder on its variant.</summary>
    /// <exception cref="UsageException">It is damaged.</exception>
    public static string Of(string folder)
    {
        var finding = StoredFinding.Open(folder);
        var target = new FuzzTarget(Targets.VariantOf(finding));
        return new Explained(target, CampaignFile.Read(finding.BytesPath), finding.Key).Report();
    }
}
