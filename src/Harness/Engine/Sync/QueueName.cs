using System.Globalization;
using System.Text.RegularExpressions;

namespace CcwFuzz.Harness.Engine.Sync;

/// <summary>Names of the files in a queue of afl-fuzz: id:000012, where it came from, when.</summary>
internal static partial class QueueName
{
    /// <summary>The number in a name; null if the file is no entry of a queue.</summary>
    public static uint? NumberOf(string name) =>
        Pattern().Match(name) is { Success: true } match
        && uint.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>A name.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="origin">Where it came from, as afl-fuzz says it: "sync:NAME,src:000003", "sig:06", or nothing.</param>
    /// <param name="milliseconds">Since the campaign began.</param>
    /// <param name="executions">Until it was found.</param>
    public static string Of(uint number, string origin, long milliseconds, long executions) => string.Create(
        CultureInfo.InvariantCulture,
        $"id:{number:d6},{origin}{(origin.Length > 0 ? "," : "")}time:{milliseconds},execs:{executions},op:ccwfuzz");

    /// <summary>Where an input came from that another instance found.</summary>
    public static string Origin(string peer, uint number) => string.Create(CultureInfo.InvariantCulture, $"sync:{peer},src:{number:d6}");

    [GeneratedRegex(@"^id[:_](\d{6,})")]
    private static partial Regex Pattern();
}
