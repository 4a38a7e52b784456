using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>An input that is said to show a violation, before anybody looked.</summary>
/// <param name="Name">How to call it: the file's or the finding's name, without its folder.</param>
/// <param name="Campaign">The input.</param>
/// <param name="Variant">On what it was found.</param>
/// <param name="FirstSeen">Engine, seed and execution, as far as they are known.</param>
internal sealed record RawInput(string Name, Campaign Campaign, Variant Variant, FirstSeen FirstSeen);
