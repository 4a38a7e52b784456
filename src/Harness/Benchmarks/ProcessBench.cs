using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Measures whole processes: two workers against one, and how soon a process executes something.</summary>
/// <param name="plan">What is run; the number of executions is that of a worker.</param>
/// <param name="configuration">The configuration file, or null for the nearest.</param>
internal sealed class ProcessBench(FuzzPlan plan, string? configuration)
{
    /// <summary>Measures.</summary>
    /// <param name="rounds">Runs of each kind.</param>
    public IReadOnlyList<BenchRow> Run(int rounds)
    {
        List<double> one = [], two = [], ratio = [], first = [];
        for (var i = 0; i < rounds; i++)
        {
            first.Add((double)Results(1, 1)[0]["firstExecutionAfter"]!);
            one.Add(Rate(Results(1, plan.Executions)));
            two.Add(Rate(Results(2, plan.Executions)));
            ratio.Add(two[^1] / one[^1]);
        }
        return
        [
            new BenchRow("one worker", "executions/s", one),
            new BenchRow("two workers", "executions/s", two),
            new BenchRow("two workers / one worker", "ratio", ratio) { AtLeast = 1.8 },
            new BenchRow("from process start to first execution", "s", first) { AtMost = 0.5 },
        ];
    }

    private static double Rate(IEnumerable<JsonObject> results) => results.Sum(r => (double)r["executionsPerSecond"]!);

    /// <summary>Runs workers at the same time.</summary>
    private List<JsonObject> Results(int count, long executions)
    {
        var workers = Enumerable.Range(1, count).Select(i => WorkerProcess.Start(i, Arguments(executions), (_, _) => { })).ToList();
        try
        {
            return [.. workers.Select(w => w.Result() ?? throw new InvalidOperationException($"a worker died: {w.LastWords}"))];
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

    /// <summary>All with the same seed: the same work.</summary>
    private List<string> Arguments(long executions)
    {
        List<string> arguments =
        [
            "fuzz", "--worker", "--json", "--workers", "1", "--variant", plan.Variant.Name, "--host", plan.Variant.HostName,
            "--defect", string.Join(',', plan.Variant.DefectIds), "--remedy", string.Join(',', plan.Variant.RemedyIds),
            "--seed", plan.Seed.ToString(CultureInfo.InvariantCulture), "--seconds", "0",
            "--executions", executions.ToString(CultureInfo.InvariantCulture), "--engine", plan.Engine,
            "--findings", plan.Findings,
        ];
        if (configuration is not null) arguments.AddRange(["--config", configuration]);
        return arguments;
    }
}
