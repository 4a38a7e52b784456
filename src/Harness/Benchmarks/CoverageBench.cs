using System.Globalization;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Edges that engines cover in the same time from the same inputs.</summary>
/// <remarks>
/// Whatever an engine kept is run again on one target and counted in one map, so that what an engine says of itself does not
/// matter. What violates something counts as a finding, and its edges do not count.
/// </remarks>
/// <param name="plan">What is run.</param>
/// <param name="configuration">The configuration file, or null for the nearest.</param>
/// <param name="seconds">Seconds that each engine has.</param>
/// <param name="seeds">Inputs to start from; none of them may violate anything.</param>
/// <param name="target">What is run.</param>
/// <param name="log">Where progress goes.</param>
internal sealed class CoverageBench(
    FuzzPlan plan, string? configuration, double seconds, IReadOnlyList<byte[]> seeds, FuzzTarget target, TextWriter log)
{
    private const string Seeds = "seeds";

    private static readonly (string Name, string Engine)[] Own =
        [("guided", "guided"), ("random operations", "random"), ("random bytes", "bytes")];

    private static readonly (string Name, bool IsOurs)[] Afl =
        [("afl-fuzz with byte mutations", false), ("afl-fuzz with our mutators", true)];

    private readonly Measurements all = new();
    private readonly AflFuzz afl = new(plan, configuration, target);

    /// <summary>Measures.</summary>
    /// <param name="rounds">Runs of each engine, with a seed each.</param>
    public IReadOnlyList<BenchRow> Run(int rounds)
    {
        for (var i = 0; i < rounds; i++)
        {
            var from = CleanSeeds.Write(seeds, Folder(i, "seeds"));
            Count(Seeds, from, i);
            foreach (var (name, engine) in Own) Guided(name, engine, i);
            foreach (var (name, isOurs) in Afl) RunAfl(name, isOurs, from, i);
        }
        return
        [
            all.Row($"{Seeds}: edges", "edges"),
            all.Row($"{Seeds}: inputs", "inputs"),
            .. Own.Select(o => o.Name).Concat(Afl.Select(a => a.Name)).SelectMany(Rows),
        ];
    }

    private IEnumerable<BenchRow> Rows(string name) =>
    [
        all.Row($"{name}: edges", string.Create(CultureInfo.InvariantCulture, $"edges after {seconds} s")),
        all.Row($"{name}: executions", "executions"),
        all.Row($"{name}: inputs", "inputs kept"),
        all.Row($"{name}: findings", "keys"),
    ];

    private void Guided(string name, string engine, int round)
    {
        var corpus = CleanSeeds.Write(seeds, Folder(round, engine));
        var findings = Folder(round, engine + "-findings");
        var own = plan with
        {
            Engine = engine, Seconds = seconds, Executions = 0, KeepIn = corpus, Findings = findings, Seed = plan.Seed + (ulong)round,
        };
        var result = BenchWorker.Run(1, BenchWorker.Fuzz(own, configuration))[0].Result;
        all.Add($"{name}: executions", result.Executions);
        all.Add($"{name}: findings", StoredFinding.Keys(findings).Count);
        Count(name, corpus, round);
    }

    private void RunAfl(string name, bool isOurs, string from, int round)
    {
        var output = Folder(round, isOurs ? "afl-ours" : "afl-bytes");
        try
        {
            var run = afl.Run(isOurs, from, output, seconds, plan.Seed + (ulong)round);
            all.Add($"{name}: executions", run.Executions);
            var crashes = Path.Combine(output, AflFuzz.Instance, "crashes");
            var keys = Inputs(crashes).Select(i => target.Run(i).Key).Where(k => k is not null).Distinct().Count();
            all.Add($"{name}: findings", keys);
            Count(name, Path.Combine(output, AflFuzz.Instance, "queue"), round);
        }
        catch (NoAflException e)
        {
            foreach (var row in Rows(name)) all.Miss(row.Name, e.Message);
            log.WriteLine($"{name}: {e.Message}");
        }
    }

    /// <summary>Counts the edges of the inputs in a folder.</summary>
    private void Count(string name, string folder, int round)
    {
        var coverage = new EdgeCoverage(EdgeMap.Counters.Length);
        var inputs = Inputs(folder);
        foreach (var input in inputs)
            if (target.Run(input).IsClean) coverage.Merge(EdgeMap.Counters);
        all.Add($"{name}: edges", coverage.Edges);
        all.Add($"{name}: inputs", inputs.Count);
        log.WriteLine($"round {round + 1}, {name}: {coverage.Edges} edges of {inputs.Count} inputs");
    }

    private static List<byte[]> Inputs(string folder) =>
        Directory.Exists(folder) ? [.. InputFiles.Under(folder).Select(f => CampaignFile.Read(f).Encode())] : [];

    private string Folder(int round, string name) =>
        Path.Combine(plan.Findings, string.Create(CultureInfo.InvariantCulture, $"round-{round}"), name);
}
