using CcwFuzz.Harness.Findings;
using Xunit;
#if USE_VERIFY
using VerifyTests;
using VerifyXunit;
#endif

namespace CcwFuzz.Corpus.Tests.Snapshots;

/// <summary>Compares a report with the one beside it that a person accepted.</summary>
/// <remarks>The only file that knows Verify: the files are named the same and are the same with it and without.</remarks>
internal static class SnapshotVerifier
{
#if USE_VERIFY
    static SnapshotVerifier() => VerifierSettings.UseUtf8NoBom();

    /// <summary>Fails if the report is not that of report.verified.txt in the folder; leaves it as report.received.txt.</summary>
    public static async Task Verify(string folder, string report)
    {
        // A report is compared as it is: nothing in it depends on the machine, and its numbers are the kernel's.
        await Verifier.Verify(report)
            .UseDirectory(folder)
            .UseFileName(Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(Snapshot.VerifiedName)))
            .DisableScrubbers()
            .DisableDiff()
            .OnFirstVerify((_, _, _) => throw Xunit.Sdk.FailException.ForFailure(Message(folder, $"there is no {Snapshot.VerifiedName}")))
            .UseStringComparer((received, verified, _) => Task.FromResult(
                LineDifference.Between(verified, received) is { } difference
                    ? CompareResult.NotEqual(Message(folder, difference))
                    : CompareResult.Equal));
    }
#else
    /// <summary>Fails if the report is not that of report.verified.txt in the folder; leaves it as report.received.txt.</summary>
    public static Task Verify(string folder, string report)
    {
        if (Snapshot.Compare(folder, report) is { } difference) Assert.Fail(Message(folder, difference));
        return Task.CompletedTask;
    }
#endif

    private static string Message(string folder, string difference)
    {
        var key = Path.GetFileName(folder);
        return $"{key} is not what was verified; '-' was verified, '+' was received:\n{difference}\n"
            + $"If it is right: dotnet run -c Release --project src/Harness -- triage --accept {key}";
    }
}
