using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Triage;

/// <summary>What triage came to.</summary>
internal sealed class TriageResult
{
    /// <summary>Raw inputs that were looked at.</summary>
    public int Raw { get; set; }

    /// <summary>Keys of the findings that were filed.</summary>
    public List<string> Filed { get; } = [];

    /// <summary>Raw inputs that show a finding which is known.</summary>
    public int Known { get; set; }

    /// <summary>Names of the raw inputs that run clean.</summary>
    public List<string> Clean { get; } = [];

    /// <summary>Folders of findings that now show another key, with that key.</summary>
    public List<(string Name, string Key)> Moved { get; } = [];

    /// <summary>Findings whose report is not the verified one any more, with the difference.</summary>
    public List<(string Key, string Difference)> Changed { get; } = [];

    /// <summary>Findings that are back where they were fixed or clean, with that.</summary>
    public SortedDictionary<string, string> Regressions { get; } = new(StringComparer.Ordinal);

    /// <summary>Filed findings that were met where nothing was known about them, with where; their records say so now.</summary>
    public List<(string Key, string Stack)> Met { get; } = [];

    /// <summary>Raw inputs that show a bug of CcwFuzz itself.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Findings whose input is missing or cannot be read, with what is wrong.</summary>
    public List<(string Key, string Problem)> Missing { get; } = [];

    /// <summary>All triaged findings, by key.</summary>
    public IReadOnlyList<StoredFinding> Findings { get; set; } = [];

    /// <summary>The exit code.</summary>
    public int Exit => Failures.Count > 0 ? ExitCode.Internal
        : Missing.Count > 0 ? ExitCode.Usage
        : Filed.Count + Changed.Count + Regressions.Count + Met.Count > 0 ? ExitCode.Violation
        : ExitCode.Clean;
}
