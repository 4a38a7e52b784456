using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Measures what each kind of feedback is worth: the same number of executions with everything, and without one kind.</summary>
/// <param name="plan">What is run; its number of executions is that of each run.</param>
/// <param name="newTarget">Builds what is run.</param>
internal sealed class FeedbackBench(FuzzPlan plan, Func<Variant, FuzzTarget> newTarget)
{
    /// <summary>Runs everything, each kind left out, and each kind alone, with several seeds, from no inputs.</summary>
    /// <param name="seeds">Number of seeds.</param>
    public JsonArray Run(int seeds)
    {
        var rows = new JsonArray { (JsonNode)Row("all", Feedbacks.All, seeds), Row("none", Feedback.None, seeds) };
        foreach (var name in Feedbacks.Names)
        {
            var kind = Feedbacks.Parse([name]);
            rows.Add(Row($"without {name}", Feedbacks.All & ~kind, seeds));
            rows.Add(Row($"{name} alone", kind, seeds));
        }
        return rows;
    }

    private JsonObject Row(string name, Feedback feedback, int seeds)
    {
        List<double> edges = [], features = [], corpus = [], findings = [], rate = [];
        for (var seed = 0; seed < seeds; seed++)
        {
            using var stop = new StopSignal();
            var observer = new Watcher(newTarget(plan.Variant));
            var fuzzer = new Fuzzer(plan with { Seed = plan.Seed + (ulong)seed, Feedback = feedback }, observer.Target, observer, stop);
            fuzzer.Run([]);
            edges.Add(observer.Coverage.Edges);
            features.Add(observer.Coverage.Features);
            corpus.Add(fuzzer.Statistics.Corpus);
            findings.Add(fuzzer.Findings.Count);
            rate.Add(fuzzer.Statistics.Rate);
        }
        return new JsonObject
        {
            ["feedback"] = name,
            ["edges"] = Median("edges", edges),
            ["features"] = Median("features", features),
            ["corpus"] = Median("corpus", corpus),
            ["findings"] = Median("findings", findings),
            ["findingsOfAllRuns"] = findings.Sum(),
            ["executionsPerSecond"] = Math.Round(Median("rate", rate)),
        };
    }

    private static double Median(string name, List<double> runs) => new BenchRow(name, "", runs).Median!.Value;

    /// <summary>Counts with every kind what the inputs reach that were kept with some.</summary>
    private sealed class Watcher(FuzzTarget target) : IFuzzObserver
    {
        public FuzzTarget Target => target;

        public Coverage Coverage { get; } = new();

        public void Found(Finding finding)
        {
        }

        public void Kept(byte[] input)
        {
            var feedback = target.World.Features.On;
            target.World.Features.On = Feedbacks.All;
            target.Run(input);
            Coverage.Merge(target.World);
            target.World.Features.On = feedback;
        }

        public void Progress(FuzzStatistics statistics)
        {
        }
    }
}
