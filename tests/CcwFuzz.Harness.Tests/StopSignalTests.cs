using CcwFuzz.Harness.Contract;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>What ends a run.</summary>
public class StopSignalTests
{
    [Fact]
    public void A_request_sets_the_signal_and_cancels_what_waits()
    {
        using var stop = new StopSignal();
        Assert.False(stop.IsRequested);
        stop.Request();
        Assert.True(stop.IsRequested);
        Assert.True(stop.Token.IsCancellationRequested);
        Assert.True(stop.Wait(TimeSpan.Zero));
    }

    [Fact]
    public void A_request_after_the_end_does_nothing()
    {
        var stop = new StopSignal();
        stop.Dispose();
        stop.Request();
        Assert.False(stop.IsRequested);
    }
}
