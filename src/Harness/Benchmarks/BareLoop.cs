using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>The target alone in a process of its own: two of them at the same time show what the machine has to give.</summary>
internal static class BareLoop
{
    /// <summary>Runs inputs over and over again.</summary>
    public static int Run(FuzzTarget target, IReadOnlyList<byte[]> inputs, double seconds, CommandContext context)
    {
        if (inputs.Count == 0) throw new UsageException("there are no inputs to run; corpus: seeds: in fuzz.yml names their folders");
        using var stop = new StopSignal();
        stop.ListenToSignals();
        var statistics = new FuzzStatistics();
        var progress = new WorkerProgress(context.Log);
        for (var i = 0; !stop.IsRequested && statistics.Seconds < seconds; i = (i + 1) % inputs.Count)
        {
            target.Run(inputs[i]);
            statistics.Executed();
            progress.Progress(statistics);
        }
        context.Results.WriteLine(JsonOutput.Line(new JsonObject
        {
            ["executions"] = statistics.Executions,
            ["executionsPerSecond"] = Math.Round(statistics.Rate, 1),
            ["seconds"] = Math.Round(statistics.Seconds, 3),
        }));
        return ExitCode.Clean;
    }
}
