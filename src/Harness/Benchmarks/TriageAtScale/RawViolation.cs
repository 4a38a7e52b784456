using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.TriageAtScale;

/// <summary>An input that violates something because of a past defect.</summary>
/// <param name="Defect">The defect that is switched on.</param>
/// <param name="Variant">The variant with it.</param>
/// <param name="Input">The input.</param>
internal sealed record RawViolation(Switch Defect, Variant Variant, byte[] Input);
