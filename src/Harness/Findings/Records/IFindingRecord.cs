using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings.Records;

/// <summary>What every finding.json says: that of a raw finding, of a triaged one, or of one of a real guest.</summary>
internal interface IFindingRecord
{
    /// <summary>The key.</summary>
    string Key { get; }

    /// <summary>The title.</summary>
    string Title { get; }

    /// <summary>The kind in kebab case; null for a finding that runs clean now.</summary>
    string? Kind { get; }

    /// <summary>open, fixed or expected; null as long as it is not triaged.</summary>
    string? Status => null;

    /// <summary>Variant it was found on, or null.</summary>
    string? Variant => null;

    /// <summary>Host it was found on, or null.</summary>
    string? Host => null;

    /// <summary>Version of that host, or null.</summary>
    string? HostVersion => null;

    /// <summary>Who notified the guest there, or null.</summary>
    string? Notify => null;

    /// <summary>Defects that were on.</summary>
    IReadOnlyList<string> Defects => [];

    /// <summary>Remedies that were on.</summary>
    IReadOnlyList<string> Remedies => [];

    /// <summary>Where it was seen first.</summary>
    FirstSeen FirstSeen { get; }

    /// <summary>Operations of its input.</summary>
    int Operations { get; }

    /// <summary>Departures from the default schedule in its input.</summary>
    int Deviations { get; }

    /// <summary>Faults in its input.</summary>
    int Faults { get; }

    /// <summary>The violation, or null.</summary>
    ViolationRecord? Violation => null;
}
