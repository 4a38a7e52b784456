namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>How a child process ended, as waitpid() tells it: afl-fuzz takes death by a signal for a crash.</summary>
internal static class WaitStatus
{
    /// <summary>It came to its end.</summary>
    public const int Exited = 0;

    /// <summary>SIGABRT: a violation.</summary>
    public const int Violation = 6;

    /// <summary>SIGILL: a bug of the model. afl-fuzz writes the number into the file's name (sig:04).</summary>
    public const int ModelError = 4;

    /// <summary>SIGKILL: afl-fuzz killed it because it took too long.</summary>
    public const int Killed = 9;

    /// <summary>The status for an ending.</summary>
    public static int Of(Ending ending) => ending switch
    {
        Ending.Violation => Violation,
        Ending.ModelError => ModelError,
        _ => Exited,
    };
}
