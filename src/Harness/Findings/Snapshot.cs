using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings;

/// <summary>The verified report of a finding: what a person accepted, and what came instead.</summary>
/// <remarks>Files are named as Verify names them, and like there have no newline at the end.</remarks>
internal static class Snapshot
{
    /// <summary>What was accepted.</summary>
    public const string VerifiedName = "report.verified.txt";

    /// <summary>What came instead; not kept under version control.</summary>
    public const string ReceivedName = "report.received.txt";

    /// <summary>Compares a report with the one that was accepted, and leaves it beside that one if it differs.</summary>
    /// <returns>The difference, or null.</returns>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static string? Compare(string folder, string report)
    {
        var (verified, received) = (Path.Combine(folder, VerifiedName), Path.Combine(folder, ReceivedName));
        var difference = File.Exists(verified)
            ? LineDifference.Between(BoundedFile.ReadText(verified), report)
            : $"there is no {VerifiedName}";
        if (difference is not null) AtomicFile.Write(received, report);
        else if (File.Exists(received)) File.Delete(received);
        return difference;
    }
}
