using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>An input that is said to show a violation, before anybody looked.</summary>
/// <param name="Name">How to call it: the file's or the finding's name, without its folder.</param>
/// <param name="Campaign">The input.</param>
/// <param name="Variant">On what it was found.</param>
/// <param name="FirstSeen">Engine, seed and execution, as far as they are known.</param>
/// <param name="Folder">Folder within a filed finding that has no use any more when the input is filed; null without one.</param>
internal sealed record RawInput(string Name, Campaign Campaign, Variant Variant, FirstSeen FirstSeen, string? Folder = null);
