namespace CcwFuzz.Harness.Findings.Records;

/// <summary>How often a campaign showed its key.</summary>
/// <param name="Hits">Runs that showed it.</param>
/// <param name="Runs">Runs altogether.</param>
internal sealed record Reliability(int Hits, int Runs);
