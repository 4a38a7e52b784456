using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Findings;

/// <summary>What it means that a run meets a finding.</summary>
internal enum Standing
{
    /// <summary>Nobody has filed it, or nothing says that it shows on what runs.</summary>
    New,

    /// <summary>It is filed, and expected on what runs.</summary>
    Known,

    /// <summary>It is filed, and said to be fixed, or not to show on what runs.</summary>
    Regression,
}

/// <summary>How a finding stands on the variant that runs, by what is filed about it.</summary>
/// <param name="Standing">What it means to meet it.</param>
/// <param name="Note">Why, if that does not go without saying; null otherwise.</param>
/// <param name="Folder">Folder of the record that says so; null if there is none.</param>
internal readonly record struct Judgement(Standing Standing, string? Note = null, string? Folder = null)
{
    /// <summary>Judges by one record.</summary>
    /// <remarks>
    /// A record lists variants, on the host and with the switches that the finding was filed with. It counts for a stack that has at
    /// least those defects, no further remedy, and a host with at least as many orders of events. The version of the host does not
    /// matter. Where the record says nothing, the finding is new: silence is no promise.
    /// </remarks>
    /// <param name="finding">The finding on disk.</param>
    /// <param name="running">What runs; null for real guests, where a finding is known when somebody judged it.</param>
    public static Judgement Of(StoredFinding finding, Variant? running)
    {
        if (running is null || finding.IsReal)
            return new(finding.Real is { Judgement: null } ? Standing.New : Standing.Known, Folder: finding.Folder);
        if (finding.Triaged is not { } record) return new(Standing.New, "found before, and not triaged", finding.Folder);
        if (record.Status == FindingStatus.Fixed) return new(Standing.Regression, "was fixed", finding.Folder);
        var isListed = record.Variants.Contains(running.Name) && StackName.Covers(finding, running);
        if (isListed || record.Variants.Contains(StackName.Absolute(running))) return new(Standing.Known, Folder: finding.Folder);
        if (record.CleanIn.Contains(running.Name)) return new(Standing.Regression, $"was clean on {running.Name}", finding.Folder);
        var filed = StackName.Of(StackName.VariantOf(finding));
        return new(Standing.New, $"known on {filed}, not expected on {StackName.Of(running)}", finding.Folder);
    }

    /// <summary>Judges by several records of one finding: what is expected according to one of them is known.</summary>
    public static Judgement Of(IEnumerable<Judgement> all) =>
        all.OrderBy(j => j.Standing switch { Standing.Known => 0, Standing.Regression => 1, _ => 2 })
            .ThenBy(j => j.Note is null).FirstOrDefault();
}
