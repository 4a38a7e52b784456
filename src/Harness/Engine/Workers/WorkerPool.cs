using System.Diagnostics;
using System.Globalization;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>Several processes that fuzz, each with a seed derived from the run's; their findings are merged at the end.</summary>
/// <remarks>
/// They share the folder of findings, where each finding appears at once, so none is lost whatever dies. They do not exchange
/// inputs while they run. A process that dies is followed by another one, which does the work that is left; one that ends because
/// the model failed is not, and the run fails.
/// </remarks>
internal sealed partial class WorkerPool : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    /// <summary>Seconds to collect what the workers say.</summary>
    private const double AtEnd = 0.25;

    /// <summary>Seconds of a worker for which there is no time; 0 would be no limit.</summary>
    private const double Shortest = 0.001;

    private readonly FuzzPlan plan;
    private readonly string? configuration;
    private readonly TextWriter log;
    private readonly StopSignal stop;
    private readonly Func<IReadOnlyList<string>, ProcessStartInfo> command;
    private readonly FindingStore store;
    private readonly List<WorkerPlace> places = [];
    private readonly List<string> failures = [];
    private readonly HashSet<string> announced = [];
    private readonly Lock announcing = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>Prepares a run.</summary>
    /// <param name="plan">What the workers do together.</param>
    /// <param name="configuration">The configuration file, or null for the nearest.</param>
    /// <param name="log">Told about progress, findings and deaths.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="command">The process for a worker's arguments; this program if null.</param>
    /// <exception cref="UsageException">The folder of findings cannot be written to.</exception>
    public WorkerPool(
        FuzzPlan plan,
        string? configuration,
        TextWriter log,
        StopSignal stop,
        Func<IReadOnlyList<string>, ProcessStartInfo>? command = null)
    {
        this.plan = plan;
        this.configuration = configuration;
        this.log = TextWriter.Synchronized(log);
        this.stop = stop;
        var atOnce = Compilation.IsAtOnce(plan);
        this.command = command ?? (arguments => WorkerProcess.Command(arguments, atOnce));
        // Opened before the workers start: what they find is new, whoever of them wrote it.
        store = new FindingStore(plan.Findings, plan.Variant, plan.Baseline);
    }

    /// <summary>Told the numbers as they grow, or null.</summary>
    public RunHistory? History { get; init; }

    /// <summary>Measures the seconds that the run may take.</summary>
    public RunClock Clock { get; init; } = RunClock.FromNow();

    /// <summary>How long workers may go on after they were asked to end.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>How much is said.</summary>
    public Wordiness Wordiness { get; init; }

    /// <summary>Runs all workers to their end.</summary>
    public FuzzResult Run()
    {
        if (Wordiness != Wordiness.Quiet) SayBeginning();
        var seeds = new SplitMix(plan.Seed);
        for (var i = 0; i < plan.Workers; i++)
        {
            var share = (plan.Executions / plan.Workers) + (i < plan.Executions % plan.Workers ? 1 : 0);
            var seed = seeds.Next();
            // Told to do nothing, a worker would have no limit.
            if (share > 0 || plan.Executions == 0) places.Add(new WorkerPlace(i + 1, seed, share));
        }
        foreach (var place in places) Start(place);
        Watch();
        return WorkerMerge.Of(plan, store, places, announced) with
        {
            Seconds = watch.Elapsed.TotalSeconds,
            DeadWorkers = dead,
            IsInterrupted = stop.IsRequested,
            Failure = failures.Count == 0 ? null : string.Join("; ", failures),
        };
    }

    /// <summary>Ends all workers that still run.</summary>
    public void Dispose()
    {
        foreach (var place in places) place.Dispose();
    }

    private void Start(WorkerPlace place) => place.Start(
        p => command(WorkerArguments.Of(plan, configuration, p, SecondsLeft, without)),
        Announce);

    private void Watch()
    {
        var next = TimeSpan.FromSeconds(Console.IsErrorRedirected ? 5 : 1);
        TimeSpan? stopping = null;
        while (places.Any(p => p.Process is not null))
        {
            if (stopping is null) stop.Wait(Tick);
            else Thread.Sleep(Tick);
            if (stop.IsRequested && stopping is null)
            {
                stopping = watch.Elapsed;
                foreach (var place in places) place.Process?.RequestStop();
            }
            if (stopping is { } since && watch.Elapsed - since > Patience)
                foreach (var place in places) place.Process?.Kill();
            foreach (var place in places)
                if (place.Process is { HasExited: true } process) Ended(place, process);
            if (watch.Elapsed < next) continue;
            next = watch.Elapsed + TimeSpan.FromSeconds(Console.IsErrorRedirected ? 5 : 1);
            SayProgress();
        }
    }

    private void SayBeginning() => log.WriteLine(
        $"{plan.Workers} workers; {plan.Variant} on host {plan.Variant.HostText}, engine {plan.Engine}, seed {plan.Seed}");

    private void SayProgress()
    {
        var executions = places.Sum(p => p.Executions);
        History?.Update(executions, watch.Elapsed.TotalSeconds);
        if (Wordiness == Wordiness.Quiet) return;
        var running = places.Select(p => p.Process).OfType<WorkerProcess>().ToList();
        var edges = running.Select(w => w.Edges).Append(0).Max();
        log.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{executions} executions, {executions / watch.Elapsed.TotalSeconds:f0}/s, {edges} edges, "
            + $"corpus {running.Sum(w => w.Corpus)}, findings {announced.Count}, {running.Count} workers"));
    }

    private void Announce(WorkerProcess worker, string finding)
    {
        lock (announcing)
        {
            var key = finding.Split(' ')[0];
            if (!announced.Add(key)) return;
            if (Wordiness == Wordiness.Quiet) return;
            var what = store.JudgementOf(key) is { Standing: Standing.Regression, Note: { } note } ? $"regression ({note})" : "new finding";
            log.WriteLine($"{what} of worker {worker.Number}:{finding[key.Length..]}");
            if (Wordiness == Wordiness.Detailed) log.WriteLine($"  replay with: {Hint.Replay(store.PathOf(key))}");
        }
    }
}
