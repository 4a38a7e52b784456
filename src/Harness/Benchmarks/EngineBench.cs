using System.Diagnostics;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Measures the guided engine against the target alone, on the inputs that the engine itself comes upon.</summary>
/// <remarks>
/// The engine runs with a fixed seed, so that each of its runs executes the same inputs. What machine and load do to a run they do
/// to its neighbour, so the ratio is of neighbours.
/// </remarks>
internal sealed class EngineBench
{
    private readonly FuzzPlan plan;
    private readonly FuzzTarget target;
    private readonly IReadOnlyList<byte[]> seeds;
    private readonly List<byte[]> inputs = [];

    /// <summary>Prepares it, and warms up.</summary>
    /// <param name="plan">What the engine runs; its number of executions is what is measured each time.</param>
    /// <param name="seeds">Inputs the engine starts from.</param>
    /// <param name="newTarget">Builds what is run.</param>
    public EngineBench(FuzzPlan plan, IReadOnlyList<byte[]> seeds, Func<Variant, FuzzTarget> newTarget)
    {
        this.plan = plan;
        this.seeds = seeds;
        target = newTarget(plan.Variant);
        Guided(inputs.Add);
        Bare();
    }

    /// <summary>Measures.</summary>
    /// <param name="rounds">Runs of each kind.</param>
    public IReadOnlyList<BenchRow> Run(int rounds)
    {
        List<double> bare = [], guided = [], random = [], ratio = [], own = [], allocated = [], allocatedGuided = [];
        int[] collections = [0, 0, 0];
        for (var i = 0; i < rounds; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            bare.Add(Rate(Bare));
            allocated.Add((GC.GetAllocatedBytesForCurrentThread() - before) / (double)inputs.Count);
            int[] counts = [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
            before = GC.GetAllocatedBytesForCurrentThread();
            guided.Add(Rate(() => Guided(null)));
            allocatedGuided.Add((GC.GetAllocatedBytesForCurrentThread() - before) / (double)inputs.Count);
            for (var g = 0; g < collections.Length; g++) collections[g] += GC.CollectionCount(g) - counts[g];
            ratio.Add(guided[^1] / bare[^1]);
            own.Add((1e6 / guided[^1]) - (1e6 / bare[^1]));
            random.Add(Rate(() => Run("random", null)));
        }
        return
        [
            new BenchRow("bare target", "executions/s", bare),
            new BenchRow("guided engine", "executions/s", guided),
            new BenchRow("random engine", "executions/s", random),
            new BenchRow("guided engine / bare target", "ratio", ratio) { AtLeast = 0.8 },
            new BenchRow("guided engine around the target", "us/execution", own),
            new BenchRow("allocation of the bare target", "bytes/execution", allocated),
            new BenchRow("allocation of the guided engine", "bytes/execution", allocatedGuided),
            .. collections.Select((count, g) =>
                new BenchRow($"gen {g} collections of the guided engine", "per 1000 executions", [1000.0 * count / rounds / inputs.Count])),
        ];
    }

    private double Rate(Action run)
    {
        var watch = Stopwatch.StartNew();
        run();
        return inputs.Count / watch.Elapsed.TotalSeconds;
    }

    private void Bare()
    {
        foreach (var input in inputs) target.Run(input);
    }

    private void Guided(Action<byte[]>? executed) => Run("guided", executed);

    private void Run(string engine, Action<byte[]>? executed)
    {
        using var stop = new StopSignal();
        var fuzzer = new Fuzzer(plan with { Engine = engine }, target, new NoObserver(), stop);
        if (executed is not null) fuzzer.Executed = (campaign, _) => executed(campaign.Encode());
        fuzzer.Run(seeds);
    }
}
