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

    [Fact]
    public void The_same_signal_within_a_second_is_one_and_a_later_one_ends_the_process()
    {
        var time = new HandClock();
        using var stop = new StopSignal(time);
        Assert.True(stop.Take());
        Assert.True(stop.IsRequested);
        time.Now += TimeSpan.FromSeconds(0.9);
        Assert.True(stop.Take());
        time.Now += TimeSpan.FromSeconds(0.2);
        Assert.False(stop.Take());
    }

    [Fact]
    public void A_signal_after_a_request_of_the_parent_is_the_first_one()
    {
        using var stop = new StopSignal(new HandClock());
        stop.Request();
        Assert.True(stop.Take());
    }
}
