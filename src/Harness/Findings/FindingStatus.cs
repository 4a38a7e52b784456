namespace CcwFuzz.Harness.Findings;

/// <summary>What is to be done about a finding; written in its finding.json, where a person may change it.</summary>
internal static class FindingStatus
{
    /// <summary>A bug that is there.</summary>
    public const string Open = "open";

    /// <summary>A bug that is gone: if it comes back, that is a regression.</summary>
    public const string Fixed = "fixed";

    /// <summary>No bug: what the variant is meant to show.</summary>
    public const string Expected = "expected";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Open, Fixed, Expected];
}
