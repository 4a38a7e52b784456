using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings.Records;

/// <summary>What stands beside a minimized reproducer.</summary>
/// <param name="Key">The finding.</param>
/// <param name="Violates">The variant on which it shows.</param>
/// <param name="Clean">One on which it does not; null if there is none.</param>
internal sealed record ReproducerRecord(string Key, VariantNames Violates, VariantNames? Clean);
