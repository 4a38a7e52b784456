using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Measures whole processes: two workers against one, afl-fuzz on the same target, how soon one executes something.</summary>
/// <param name="plan">What is run.</param>
/// <param name="configuration">The configuration file, or null for the nearest.</param>
/// <param name="seconds">Seconds that each process runs.</param>
/// <param name="seeds">Inputs that afl-fuzz and the worker beside it start from.</param>
/// <param name="target">What is run.</param>
/// <param name="log">Where progress goes.</param>
internal sealed class ProcessBench(
    FuzzPlan plan, string? configuration, double seconds, IReadOnlyList<byte[]> seeds, FuzzTarget target, TextWriter log)
{
    private const string Microseconds = "us/execution";
    private const string First = "from process start to first execution";
    private static readonly (bool IsOurs, string Name)[] Mutations =
        [(false, "afl-fuzz with byte mutations"), (true, "afl-fuzz with our mutators")];

    private readonly Measurements all = new();
    private readonly AflFuzz afl = new(plan, configuration, target);
    private int folders;
    private readonly string inputs = CleanSeeds.Write(seeds, Path.Combine(plan.Findings, ".seeds"));

    /// <summary>Measures.</summary>
    /// <param name="rounds">Runs of each kind.</param>
    public IReadOnlyList<BenchRow> Run(int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            log.WriteLine($"round {i + 1} of {rounds}: workers, bare targets, afl-fuzz");
            var words = BenchWorker.Fuzz(plan with { Executions = 1, Seconds = 0 }, configuration);
            var start = BenchWorker.Run(1, words, compilesAtOnce: false);
            all.Add(First, start[0].Result.FirstExecutionAfter!.Value);
            var worker = Pair("worker", Fuzz);
            Pair("bare target", Bare);
            foreach (var (isOurs, name) in Mutations) Afl(isOurs, name, worker, i);
        }
        string[] pairs = ["worker", "bare target"];
        return
        [
            .. pairs.SelectMany(Rows),
            .. Mutations.SelectMany(m => Rows(m.Name)),
            all.Row(First, "s") with { AtMost = 0.5 },
        ];
    }

    private IEnumerable<BenchRow> Rows(string name)
    {
        if (name.StartsWith("afl", StringComparison.Ordinal))
        {
            return
            [
                all.Row(name, "executions/s"),
                all.Row($"{name}: within the target", Microseconds),
                all.Row($"{name}: around it", Microseconds),
                all.Row($"engine without any cost / {name}", "ratio"),
                all.Row($"guided worker / {name}", "ratio") with { AtLeast = 3 },
            ];
        }
        var ratio = all.Row($"two {name}s / one", "ratio");
        return
        [
            all.Row($"one {name} process", "executions/s"),
            all.Row($"two {name} processes", "executions/s"),
            name == "worker" ? ratio with { AtLeast = 1.8 } : ratio,
            all.Row($"processor time of one {name} process", Microseconds),
            all.Row($"processor time of each of two {name} processes", Microseconds),
        ];
    }

    /// <summary>One process, then two at the same time.</summary>
    /// <returns>The rate of one.</returns>
    private double Pair(string name, Func<List<string>> words)
    {
        var one = BenchWorker.Run(1, words())[0].Pace;
        var two = BenchWorker.Run(2, words()).Select(r => r.Pace).ToList();
        var sum = two.Sum(p => p.Rate);
        all.Add($"one {name} process", one.Rate);
        all.Add($"two {name} processes", sum);
        all.Add($"two {name}s / one", sum / one.Rate);
        all.Add($"processor time of one {name} process", one.Processor);
        all.Add($"processor time of each of two {name} processes", two.Average(p => p.Processor));
        return one.Rate;
    }

    /// <summary>Starts from the inputs that afl-fuzz starts from, and like it writes what it keeps.</summary>
    private List<string> Fuzz()
    {
        var folder = Path.Combine(plan.Findings, $".corpus-{++folders}");
        var own = plan with { Executions = 0, Seconds = seconds, KeepIn = CleanSeeds.Write(seeds, folder) };
        return BenchWorker.Fuzz(own, configuration);
    }

    private List<string> Bare()
    {
        List<string> words =
        [
            "bench", "bare", "--json", "--seconds", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
            .. BenchWorker.Variant(plan),
        ];
        if (configuration is not null) words.AddRange(["--config", configuration]);
        return words;
    }

    private void Afl(bool isOurs, string name, double worker, int round)
    {
        string[] names =
        [
            name, $"{name}: within the target", $"{name}: around it", $"engine without any cost / {name}", $"guided worker / {name}",
        ];
        try
        {
            var output = Path.Combine(plan.Findings, $".afl-{round}-{(isOurs ? "ours" : "bytes")}");
            var run = afl.Run(isOurs, inputs, output, seconds, plan.Seed + (ulong)round);
            double[] values = [run.Rate, run.InTarget, run.Around, run.Ceiling, worker / run.Rate];
            for (var i = 0; i < names.Length; i++) all.Add(names[i], values[i]);
        }
        catch (NoAflException e)
        {
            foreach (var row in names) all.Miss(row, e.Message);
        }
    }
}
