namespace CcwFuzz.Harness.Contract;

/// <summary>Wrong usage or bad input: one line that names the mistake and its remedy, exit code 2.</summary>
/// <remarks>It quotes what people and files say, so what would steer a terminal is made visible in it.</remarks>
/// <param name="message">That line, without the program's name.</param>
internal sealed class UsageException(string message) : Exception(Visible.Line(message))
{
    /// <summary>Why a file could not be read or written, in the words of the operating system.</summary>
    public static UsageException ForFile(string doing, string path, Exception cause) =>
        new($"cannot {doing} '{path}': {Reason(cause)}");

    /// <summary>The reason without the path, which the caller names.</summary>
    public static string Reason(Exception cause) => cause switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file or directory",
        UnauthorizedAccessException => "permission denied, or it is a directory",
        PathTooLongException => "the path is too long",
        _ => cause.Message.ReplaceLineEndings(" "),
    };

    /// <summary>Whether an exception is the file system's.</summary>
    public static bool IsFileError(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;
}
