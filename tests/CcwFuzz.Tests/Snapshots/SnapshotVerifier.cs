#if USE_VERIFY
using VerifyXunit;
#else
using CcwFuzz.Harness.Findings;
using Xunit;
#endif

namespace CcwFuzz.Tests.Snapshots;

/// <summary>Compares a report with the one beside it that a person accepted.</summary>
/// <remarks>The only file that knows Verify: the files are named the same and are the same with it and without.</remarks>
internal static class SnapshotVerifier
{
    /// <summary>Fails if the report is not that of report.verified.txt in the folder; leaves it as report.received.txt.</summary>
    public static async Task Verify(string folder, string report)
    {
#if USE_VERIFY
        await Verifier.Verify(report, "txt").UseDirectory(folder).UseFileName("report").DisableDiff();
#else
        await Task.CompletedTask;
        var difference = Snapshot.Compare(folder, report);
        if (difference is null) return;
        var key = Path.GetFileName(folder);
        Assert.Fail($"{key} is not what was verified; '-' was verified, '+' was received:\n{difference}\n"
            + $"If it is right: dotnet run -c Release --project src/Harness -- triage --accept {key}");
#endif
    }
}
