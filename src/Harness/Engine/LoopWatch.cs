using System.Runtime.ExceptionServices;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Engine;

/// <summary>Runs the loop in a thread of its own and sees to it that the run ends, whatever an execution does.</summary>
/// <remarks>
/// The scheduler ends an execution after a number of steps, but a loop within one step would go on for ever, and nothing can end
/// it from outside. So the thread is left behind, to end with the process: everything found so far is on disk.
/// </remarks>
internal sealed class LoopWatch
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private readonly Fuzzer fuzzer;
    private readonly StopSignal stop;
    private Exception? failure;

    /// <summary>Watches a loop.</summary>
    public LoopWatch(Fuzzer fuzzer, StopSignal stop)
    {
        this.fuzzer = fuzzer;
        this.stop = stop;
    }

    /// <summary>Time of the processor that one execution may take: a hundred times what the longest takes, on a slow machine.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the loop may go on after the end was asked for, or after the run's time.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether an execution was not waited for; it may still go on.</summary>
    public bool IsLeftBehind { get; private set; }

    /// <summary>Runs the loop to its end, or until an execution is left behind because the run is to end.</summary>
    /// <param name="seeds">Inputs to start from.</param>
    /// <param name="first">How many of them are played before the first mutant.</param>
    /// <exception cref="InternalFailureException">As the loop, or an execution did not end.</exception>
    public void Run(IReadOnlyList<byte[]> seeds, int first = int.MaxValue)
    {
        var thread = new Thread(() => RunHere(seeds, first)) { IsBackground = true, Name = "loop" };
        thread.Start();
        var (beats, processor) = (fuzzer.Beats, Environment.CpuUsage.TotalTime);
        long? asked = null;
        while (!thread.Join(Tick))
        {
            if (fuzzer.Beats != beats) (beats, processor) = (fuzzer.Beats, Environment.CpuUsage.TotalTime);
            if (stop.IsRequested || fuzzer.IsOutOfTime) asked ??= Environment.TickCount64;
            var isDismissed = asked is { } since && Environment.TickCount64 - since > Patience.TotalMilliseconds;
            var isEndless = Environment.CpuUsage.TotalTime - processor > Longest;
            IsLeftBehind = isDismissed || isEndless;
            if (isEndless) throw Endless();
            if (isDismissed) return;
        }
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    private void RunHere(IReadOnlyList<byte[]> seeds, int first)
    {
        try
        {
            fuzzer.Run(seeds, first);
        }
        catch (Exception e) // it is thrown again where the end of the loop is waited for
        {
            failure = e;
        }
    }

    private InternalFailureException Endless() => new(
        "endless",
        $"execution {fuzzer.Statistics.Executions + 1} did not end within {Longest.TotalSeconds:f0} s of the processor",
        [("executed.bin", fuzzer.Current)]);
}
