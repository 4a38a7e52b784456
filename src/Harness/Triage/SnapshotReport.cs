using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Explanation;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>What a filed finding does now, as the report that is compared with the verified one.</summary>
internal static class SnapshotReport
{
    /// <summary>Replays the finding in a folder on its variant.</summary>
    /// <param name="folder">The finding's folder.</param>
    /// <param name="newTarget">Gives the target of a variant; a new one if null.</param>
    /// <exception cref="UsageException">It is damaged.</exception>
    public static string Of(string folder, Func<Variant, FuzzTarget>? newTarget = null)
    {
        var finding = StoredFinding.Open(folder);
        var variant = StackName.VariantOf(finding);
        var target = newTarget?.Invoke(variant) ?? new FuzzTarget(variant);
        return new Explained(target, CampaignFile.Read(finding.BytesPath), finding.Key).Report();
    }
}
