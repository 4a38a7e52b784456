namespace CcwFuzz.Harness.Tests;

/// <summary>A clock that goes on only when a test moves it.</summary>
internal sealed class HandClock : TimeProvider
{
    /// <summary>Time since it was made.</summary>
    public TimeSpan Now { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;
}
