using System.Globalization;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Processes of this program that are measured.</summary>
internal static class BenchWorker
{
    /// <summary>The options that choose what is run.</summary>
    public static IEnumerable<string> Variant(FuzzPlan plan) =>
    [
        "--variant", plan.Variant.Name, "--host", plan.Variant.HostName, "--host-version", plan.Variant.HostVersionName,
        "--notify", plan.Variant.NotifyName,
        "--defect", WorkerArguments.List(plan.Variant.DefectIds), "--remedy", WorkerArguments.List(plan.Variant.RemedyIds),
    ];

    /// <summary>The words of a worker that fuzzes.</summary>
    /// <param name="plan">What it does; a folder to keep inputs in is the only one it reads.</param>
    /// <param name="configuration">The configuration file, or null for the nearest.</param>
    public static List<string> Fuzz(FuzzPlan plan, string? configuration)
    {
        List<string> words =
        [
            "fuzz", "--worker", "--json", "--workers", "1", .. Variant(plan),
            "--seed", Text(plan.Seed), "--seconds", Text(plan.Seconds), "--executions", Text(plan.Executions),
            "--engine", plan.Engine, "--findings", plan.Findings,
        ];
        if (plan.KeepIn is not null) words.AddRange(["--corpus", plan.KeepIn, "--without-seeds"]);
        if (configuration is not null) words.AddRange(["--config", configuration]);
        return words;
    }

    /// <summary>Runs workers at the same time, to their end.</summary>
    /// <exception cref="InvalidOperationException">One died.</exception>
    public static List<(RunSummary Result, WorkerPace Pace)> Run(int count, List<string> words, bool compilesAtOnce = true)
    {
        var workers = Enumerable.Range(1, count)
            .Select(i => WorkerProcess.Start(i, WorkerProcess.Command(words, compilesAtOnce), (_, _) => { }))
            .ToList();
        try
        {
            return
            [
                .. workers.Select(w => (
                    w.Result() ?? throw new InvalidOperationException($"a worker died: {w.LastWords}"),
                    WorkerPace.Of(w.Samples))),
            ];
        }
        finally
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                worker.Dispose();
            }
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>How fast a worker is once it is warmed up: from a third of its run on, when nearly everything is compiled.</summary>
/// <param name="Rate">Executions a second.</param>
/// <param name="Processor">Microseconds of the processor an execution, which other programs hardly change.</param>
internal readonly record struct WorkerPace(double Rate, double Processor)
{
    /// <summary>The pace that a worker's reports show; nothing if there are not two.</summary>
    public static WorkerPace Of(IReadOnlyList<WorkerSample> samples)
    {
        if (samples.Count < 2) return default;
        var last = samples[^1];
        var first = samples.First(s => s.Seconds >= last.Seconds / 3);
        if (first == last) first = samples[^2];
        var executions = last.Executions - first.Executions;
        return new WorkerPace(
            executions / (last.Seconds - first.Seconds),
            1e6 * (last.ProcessorSeconds - first.ProcessorSeconds) / Math.Max(1, executions));
    }
}
