namespace CcwFuzz.Harness.Contract;

/// <summary>The exit codes of the command line.</summary>
internal static class ExitCode
{
    /// <summary>Nothing new.</summary>
    public const int Clean = 0;

    /// <summary>A violation, or a new finding.</summary>
    public const int Violation = 1;

    /// <summary>Wrong usage or bad input.</summary>
    public const int Usage = 2;

    /// <summary>An internal error, or non-determinism.</summary>
    public const int Internal = 3;
}
