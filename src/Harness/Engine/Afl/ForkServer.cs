using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace CcwFuzz.Harness.Engine.Afl;

/// <summary>The fork server that afl-fuzz talks to, and its child, in one process: nothing is forked, nothing is killed.</summary>
/// <remarks>
/// Protocol of AFL++, up to 4.21 the only one with options and understood by later versions: our hello with what we can do; if
/// we offer test cases in shared memory, its answer; then for each execution a word from afl-fuzz (not 0 if it killed the child
/// of the last one), the number of the child, the test case being in place, and the wait status of the child.
/// </remarks>
/// <param name="control">What afl-fuzz says; file 198.</param>
/// <param name="status">What we say; file 199.</param>
/// <param name="target">What is run.</param>
/// <param name="child">Who is killed when it takes too long.</param>
/// <param name="times">Where it says how long executions take; null if nobody wants to know.</param>
internal sealed class ForkServer(Stream control, Stream status, AflTarget target, IChild child, TextWriter? times = null)
{
    /// <summary>Number of the file that afl-fuzz writes to.</summary>
    public const int ControlFile = 198;

    /// <summary>Number of the file that afl-fuzz reads from.</summary>
    public const int StatusFile = 199;

    /// <summary>There are options in the hello.</summary>
    public const uint Enabled = 0x8000_0001;

    /// <summary>Test cases come in shared memory.</summary>
    public const uint SharedTestCases = 0x0100_0000;

    /// <summary>Bits 1 to 23 are the size of the map, less 1.</summary>
    public const uint HasMapSize = 0x4000_0000;

    private const int LongestMap = 1 << 23;
    private const double TimesInterval = 0.5;

    /// <summary>afl-fuzz has no shorter timeout: an execution that was faster was not killed.</summary>
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromMilliseconds(5);

    private readonly byte[] word = new byte[sizeof(int)];
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private TimeSpan inTarget;
    private double nextTimes;

    /// <summary>Executions so far.</summary>
    public long Executions { get; private set; }

    /// <summary>Says hello.</summary>
    /// <param name="canShare">Whether there is shared memory for test cases.</param>
    /// <returns>Whether test cases come in it; null if afl-fuzz is gone.</returns>
    public bool? Greet(bool canShare)
    {
        var size = target.Map.Size;
        Debug.Assert(size <= LongestMap, "the size has 23 bits");
        var hello = Enabled | HasMapSize | ((uint)(size - 1) << 1) | (canShare ? SharedTestCases : 0);
        if (!Write((int)hello)) return null;
        if (!canShare) return false; // nobody answers then
        return Read(out var answer) ? ((uint)answer & SharedTestCases) != 0 : null;
    }

    /// <summary>Runs what comes until afl-fuzz ends.</summary>
    /// <param name="map">The map of afl-fuzz.</param>
    /// <param name="testCases">Where its test cases come from.</param>
    public void Serve(IMap map, ITestCases testCases)
    {
        while (Read(out _))
        {
            if (!child.IsAlive) child.Renew();
            if (!Write(child.Id) || !Write(Run(map, testCases))) return;
            Executions++;
            if (times is not null) SayTimes(times);
        }
    }

    /// <summary>A line in each second: seconds so far, executions, seconds that they took without anything around them.</summary>
    private void SayTimes(TextWriter writer)
    {
        var now = watch.Elapsed.TotalSeconds;
        if (now < nextTimes) return;
        nextTimes = now + TimesInterval;
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now:f6} {Executions} {inTarget.TotalSeconds:f6}"));
        writer.Flush();
    }

    private int Run(IMap map, ITestCases testCases)
    {
        var started = Stopwatch.GetTimestamp();
        var ending = target.Run(testCases.Current, map.Bytes[..target.Map.Size]);
        var elapsed = Stopwatch.GetElapsedTime(started);
        inTarget += elapsed;
        var isKilled = elapsed > ShortestTimeout && !child.IsAlive;
        return isKilled ? WaitStatus.Killed : WaitStatus.Of(ending);
    }

    private bool Read(out int value)
    {
        value = 0;
        try
        {
            if (control.ReadAtLeast(word, word.Length, throwOnEndOfStream: false) < word.Length) return false;
        }
        catch (IOException)
        {
            return false;
        }
        value = BinaryPrimitives.ReadInt32LittleEndian(word);
        return true;
    }

    private bool Write(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(word, value);
        try
        {
            status.Write(word);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
