using System.Diagnostics;

namespace CcwFuzz.Harness.Contract;

/// <summary>How long a run takes, from its very beginning.</summary>
/// <remarks>Who asks for some seconds means those that he waits: the start of the process is among them.</remarks>
internal sealed class RunClock
{
    private readonly TimeProvider time;
    private readonly TimeSpan before;
    private readonly long began;

    private RunClock(TimeProvider time, TimeSpan before)
    {
        this.time = time;
        this.before = before;
        began = time.GetTimestamp();
    }

    /// <summary>Seconds since the beginning.</summary>
    public double Seconds => (before + time.GetElapsedTime(began)).TotalSeconds;

    /// <summary>A clock that begins now.</summary>
    /// <param name="time">Where the time comes from; the system's if null.</param>
    public static RunClock FromNow(TimeProvider? time = null) => new(time ?? TimeProvider.System, TimeSpan.Zero);

    /// <summary>A clock that began when this process started.</summary>
    public static RunClock FromStartOfProcess()
    {
        using var process = Process.GetCurrentProcess();
        var before = DateTime.Now - process.StartTime;
        // Whoever sets the machine's clock must not end or lengthen a run.
        return new RunClock(TimeProvider.System, before > TimeSpan.Zero ? before : TimeSpan.Zero);
    }
}
