using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Findings;

/// <summary>An input that was read.</summary>
/// <param name="Campaign">What it means.</param>
/// <param name="Finding">The finding it is the input of, if it was named by its key or folder.</param>
/// <param name="Beside">The finding in whose folder the file is that was named; null if it is in no such folder.</param>
internal sealed record LoadedInput(Campaign Campaign, StoredFinding? Finding, StoredFinding? Beside = null);

/// <summary>Reads INPUT: a file of bytes, a campaign as text, or the key of a finding.</summary>
internal static class InputReader
{
    /// <summary>Reads an input.</summary>
    /// <exception cref="UsageException">It is not there, not readable, or has a mistake.</exception>
    public static LoadedInput Read(string input, string findings)
    {
        if (File.Exists(Path.Combine(input, StoredFinding.BytesName))) return ReadFinding(StoredFinding.Open(input));
        if (File.Exists(input)) return new LoadedInput(CampaignFile.Read(input), null, FindingOf(input));
        if (File.Exists(Path.Combine(input, StoredFinding.DataName))) return ReadFinding(StoredFinding.Open(input)); // says what is missing
        if (Directory.Exists(input)) return new LoadedInput(CampaignFile.Read(input), null);
        if (StoredFinding.Named(findings, input) is { } finding) return ReadFinding(finding);
        throw new UsageException($"no file and no finding '{input}'; {WhatThereIs(input, findings)}");
    }

    /// <summary>The finding whose folder a file is in; null if that is none.</summary>
    private static StoredFinding? FindingOf(string file)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return File.Exists(Path.Combine(folder, StoredFinding.DataName)) ? StoredFinding.Open(folder) : null;
    }

    private static LoadedInput ReadFinding(StoredFinding finding) => new(CampaignFile.Read(finding.BytesPath), finding);

    private static string WhatThereIs(string input, string findings)
    {
        const int Most = 5;
        var keys = StoredFinding.Keys(findings);
        if (keys.Count == 0) return $"there are no findings in '{findings}'";
        if (Spelling.Nearest(input, keys) is { } near) return $"did you mean '{near}'?";
        var more = keys.Count > Most ? $" and {keys.Count - Most} more" : "";
        return $"the findings in '{findings}' are {string.Join(", ", keys.Take(Most))}{more}";
    }
}
