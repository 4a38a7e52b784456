using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>Several processes that fuzz, each with a seed derived from the run's; their findings are merged at the end.</summary>
/// <remarks>
/// They share the folder of findings, where each finding appears at once, so none is lost whatever dies. They do not exchange
/// inputs while they run.
/// </remarks>
internal sealed class WorkerPool
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly FuzzPlan plan;
    private readonly string? configuration;
    private readonly TextWriter log;
    private readonly List<WorkerProcess> workers = [];
    private readonly HashSet<string> announced = [];
    private readonly Lock announcing = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();

    private WorkerPool(FuzzPlan plan, string? configuration, TextWriter log)
    {
        this.plan = plan;
        this.configuration = configuration;
        this.log = log;
    }

    /// <summary>Runs all workers to their end.</summary>
    public static FuzzResult Run(FuzzPlan plan, string? configuration, TextWriter log, StopSignal stop)
    {
        // Opened before the workers start: what they find is new, whoever of them wrote it.
        var store = new FindingStore(plan.Findings);
        return new WorkerPool(plan, configuration, log).Run(store, stop);
    }

    private FuzzResult Run(FindingStore store, StopSignal stop)
    {
        log.WriteLine($"{plan.Workers} workers; {plan.Variant} on host {plan.Variant.HostText}, engine {plan.Engine}, seed {plan.Seed}");
        try
        {
            var seeds = new SplitMix(plan.Seed);
            var atOnce = Compilation.IsAtOnce(plan);
            for (var i = 0; i < plan.Workers; i++) workers.Add(WorkerProcess.Start(i + 1, Arguments(i, seeds.Next()), Announce, atOnce));
            Watch(stop);
            return Merge(store, stop);
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

    /// <summary>Everything is said explicitly, so that fuzz.yml and the environment cannot say it differently to a worker.</summary>
    private List<string> Arguments(int index, ulong seed)
    {
        string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
        var executions = plan.Executions == 0 ? 0 : (plan.Executions / plan.Workers) + (index < plan.Executions % plan.Workers ? 1 : 0);
        List<string> arguments =
        [
            "fuzz", "--worker", "--json", "--workers", "1", "--variant", plan.Variant.Name, "--host", plan.Variant.HostName,
            "--host-version", plan.Variant.HostVersionName, "--notify", plan.Variant.NotifyName,
            "--defect", string.Join(',', plan.Variant.DefectIds), "--remedy", string.Join(',', plan.Variant.RemedyIds),
            "--seed", Text(seed), "--seconds", Text(plan.Seconds), "--executions", Text(executions),
            "--engine", plan.Engine, "--feedback", string.Join(',', Feedbacks.NamesOf(plan.Feedback)), "--findings", plan.Findings,
        ];
        // Each is an instance of its own, so that they exchange inputs with each other, too.
        if (plan.Sync is { } sync) arguments.AddRange(["--sync", sync.Folder, "--sync-name", $"{sync.Name}-{index + 1}"]);
        if (configuration is not null) arguments.AddRange(["--config", configuration]);
        if (plan.KeepIn is { } own && plan.Corpus.Count == 1 && plan.Corpus[0] == own) arguments.AddRange(["--corpus", own]);
        return arguments;
    }

    private void Watch(StopSignal stop)
    {
        var next = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 5 : 1);
        TimeSpan? stopping = null;
        while (workers.Any(w => !w.HasExited))
        {
            if (stopping is null) stop.Wait(Tick);
            else Thread.Sleep(Tick);
            if (stop.IsRequested && stopping is null)
            {
                stopping = watch.Elapsed;
                foreach (var worker in workers) worker.RequestStop();
            }
            if (stopping is { } since && watch.Elapsed - since > Patience)
                foreach (var worker in workers) worker.Kill();
            if (watch.Elapsed < next) continue;
            next = watch.Elapsed + TimeSpan.FromSeconds(Console.IsErrorRedirected ? 5 : 1);
            SayProgress();
        }
    }

    private void SayProgress()
    {
        var executions = workers.Sum(w => w.Executions);
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{executions} executions, {executions / watch.Elapsed.TotalSeconds:f0}/s, {workers.Max(w => w.Edges)} edges, "
            + $"corpus {workers.Sum(w => w.Corpus)}, findings {announced.Count}, {workers.Count(w => !w.HasExited)} workers"));
    }

    private void Announce(WorkerProcess worker, string finding)
    {
        lock (announcing)
        {
            var key = finding.Split(' ')[0];
            if (!announced.Add(key)) return;
            log.WriteLine($"new finding of worker {worker.Number}:{finding[key.Length..]}");
            log.WriteLine($"  replay with: {ReplayHint.Command(Path.Combine(plan.Findings, key))}");
        }
    }

    private FuzzResult Merge(FindingStore store, StopSignal stop)
    {
        var results = new List<JsonObject>();
        var failures = new List<string>();
        foreach (var worker in workers)
        {
            var result = worker.Result();
            if (result is null) failures.Add($"worker {worker.Number} died with exit code {worker.Exit}{Because(worker)}");
            else if (result["error"] is { } error) failures.Add($"worker {worker.Number}: {error}");
            if (result is not null) results.Add(result);
        }
        var findings = results.SelectMany(r => r["findings"]!.AsArray()).Select(f => Line(f!.AsObject(), store)).ToList();
        // What a worker found that did not live to say so.
        var silent = store.NewOnDisk().Where(f => findings.All(l => l.Key != f.Key)).ToList();
        findings.AddRange(silent.Select(f =>
            new FoundLine(f.Key, f.Title, f.Kind, true, f.FirstExecution, 1, f.Operations, f.Folder, null)));
        var merged = findings.GroupBy(f => f.Key).Select(Merge);
        return new FuzzResult
        {
            Executions = results.Sum(r => (long)r["executions"]!),
            Seconds = watch.Elapsed.TotalSeconds,
            Edges = results.Count == 0 ? 0 : results.Max(r => (int)r["edges"]!),
            Features = results.Count == 0 ? 0 : results.Max(r => (int)r["features"]!),
            Corpus = results.Sum(r => (int)r["corpus"]!),
            Sync = plan.Sync is null
                ? null
                : new SyncCount(Sum(results, "imported"), Sum(results, "importedNew"), Sum(results, "exported")),
            Findings = [.. merged.OrderBy(f => f.FirstExecution).ThenBy(f => f.Key, StringComparer.Ordinal)],
            IsInterrupted = stop.IsRequested,
            Failure = failures.Count == 0 ? null : string.Join("; ", failures),
        };
    }

    private static int Sum(IEnumerable<JsonObject> results, string count) => results.Sum(r => (int?)r["sync"]?[count] ?? 0);

    private static string Because(WorkerProcess worker) => worker.LastWords.Length == 0 ? "" : $" ({worker.LastWords})";

    private static FoundLine Line(JsonObject finding, FindingStore store)
    {
        var key = (string)finding["key"]!;
        return new FoundLine(
            key,
            (string)finding["title"]!,
            (string)finding["kind"]!,
            !store.IsKnown(key),
            (long)finding["firstExecution"]!,
            (long)finding["hits"]!,
            (int)finding["operations"]!,
            (string?)finding["folder"],
            (string?)finding["input"])
        {
            IsRegression = store.IsFixed(key),
        };
    }

    /// <summary>One finding of several workers: the earliest, with the hits of all; in a file if any of them wrote one.</summary>
    private static FoundLine Merge(IGrouping<string, FoundLine> same)
    {
        var stored = same.OrderBy(f => f.Folder is null).ThenBy(f => f.Operations).First();
        return stored with { FirstExecution = same.Min(f => f.FirstExecution), Hits = same.Sum(f => f.Hits) };
    }
}
