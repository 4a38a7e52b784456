using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Engine;

/// <summary>One run of the engine in this process: loads the corpus, keeps what is found on disk, reports progress.</summary>
internal sealed class FuzzSession : IFuzzObserver, IDisposable
{
    /// <summary>Part of a run's seconds that may go into writing shorter inputs at its end.</summary>
    private const double MostAtEnd = 0.25;

    private readonly FuzzPlan plan;
    private readonly FindingStore store;
    private readonly IProgressReporter progress;
    private readonly TextWriter log;
    private readonly Func<Variant, FuzzTarget> newTarget;

    /// <summary>Runs traces for reports, so that the engine's own target is left alone.</summary>
    private readonly Lazy<FuzzTarget> reporter;

    private readonly SyncFolder? sync;
    private FuzzStatistics numbers = new();
    private Fuzzer? fuzzer;
    private bool canKeep;
    private int written;
    private double secondsOfWriting;

    /// <summary>Prepares a run.</summary>
    /// <exception cref="UsageException">A folder cannot be written to.</exception>
    public FuzzSession(FuzzPlan plan, IProgressReporter progress, TextWriter log, Func<Variant, FuzzTarget> newTarget)
    {
        this.plan = plan;
        this.progress = progress;
        this.log = log;
        store = new FindingStore(plan.Findings, plan.Variant, plan.Baseline);
        this.newTarget = newTarget;
        reporter = new(() => newTarget(plan.Variant));
        canKeep = plan.KeepIn is not null;
        if (plan.KeepIn is { } folder) CreateFolder(folder);
        if (plan.Sync is { } campaign) sync = new SyncFolder(campaign, plan.Variant, log);
    }

    /// <summary>Told the numbers as they grow, or null.</summary>
    public RunHistory? History { get; init; }

    /// <summary>Whether nothing is said but what went wrong.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Measures the seconds that the run may take.</summary>
    public RunClock Clock { get; init; } = RunClock.FromNow();

    /// <inheritdoc/>
    public double SecondsAtEnd { get; private set; }

    /// <summary>Runs it.</summary>
    /// <param name="stop">Ends it.</param>
    /// <param name="page">Where a worker notes each input for its parent, or null.</param>
    public FuzzResult Run(StopSignal stop, InputPage? page = null)
    {
        IReadOnlyList<byte[]> seeds =
            [.. CorpusFolder.Load(plan.Corpus, log).Concat(sync?.OwnInputs ?? []).Where(i => !plan.LeavesOut(i))];
        if (plan.RanksSeeds) seeds = SeedOrder.Of(seeds);
        var count = $"{seeds.Count} input{(seeds.Count == 1 ? "" : "s")}";
        var how = $"{plan.Variant} on host {plan.Variant.HostText}, engine {plan.Engine}, seed {plan.Seed}";
        if (!IsQuiet) log.WriteLine($"{count} to start from; {how}");
        WarmUp.Wait();
        fuzzer = new Fuzzer(plan, newTarget(plan.Variant), this, stop) { Page = page, Clock = Clock };
        numbers = fuzzer.Statistics;
        string? failure = null;
        var loop = new LoopWatch(fuzzer, stop);
        try
        {
            loop.Run(seeds, plan.RanksSeeds ? SeedOrder.FirstOf(seeds.Count) : seeds.Count);
            if (loop.IsLeftBehind)
            {
                log.WriteLine($"execution {numbers.Executions + 1} is not waited for; its input in base 64: "
                    + Convert.ToBase64String(fuzzer.Current));
            }
        }
        catch (InternalFailureException e)
        {
            failure = Report(e);
        }
        sync?.End(numbers);
        progress.End();
        // A process has at most one target that runs.
        if (loop.IsLeftBehind) ForgetUnwritten(fuzzer.Findings);
        else WriteImproved(fuzzer.Findings, stop);
        return new FuzzResult
        {
            Executions = fuzzer.Statistics.Executions,
            Seconds = fuzzer.Statistics.Seconds,
            Edges = fuzzer.Statistics.Edges,
            Features = fuzzer.Statistics.Features,
            FirstExecutionAfter = fuzzer.Statistics.FirstExecutionAfter,
            Corpus = fuzzer.Statistics.Corpus,
            Seeds = seeds.Count,
            SeedsLeft = fuzzer.Statistics.SeedsLeft,
            Sync = sync?.Count,
            Findings = [.. fuzzer.Findings.Select(Line)],
            IsInterrupted = stop.IsRequested,
            Failure = failure,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => sync?.Dispose();

    /// <inheritdoc/>
    public Judgement Judge(string key) => store.JudgementOf(key);

    /// <inheritdoc/>
    public void Found(Finding finding)
    {
        finding.IsStored = true;
        sync?.Found(finding.Input, finding.FirstExecution);
        if (!finding.IsKnown) Store(finding, replace: false);
        progress.Found(finding, finding.IsStored ? store.PathOf(finding.Key) : null);
    }

    /// <inheritdoc/>
    public void Kept(byte[] input)
    {
        sync?.Kept(input, numbers.Executions);
        if (!canKeep) return;
        try
        {
            CorpusFolder.Save(plan.KeepIn!, input);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            canKeep = false;
            log.WriteLine($"no more inputs are kept: cannot write to '{plan.KeepIn}': {UsageException.Reason(e)}");
        }
    }

    /// <inheritdoc/>
    public byte[]? NextImport()
    {
        while (sync?.Next() is { } input)
            if (!plan.LeavesOut(input)) return input;
        return null;
    }

    /// <inheritdoc/>
    public void Progress(FuzzStatistics statistics)
    {
        sync?.Progress(statistics);
        History?.Update(statistics.Executions, statistics.Seconds);
        progress.Progress(statistics);
        SecondsAtEnd = plan.Seconds == 0 || written == 0 ? 0
            : Math.Min(plan.Seconds * MostAtEnd, secondsOfWriting / written * fuzzer!.Findings.Count(IsRewritten));
    }

    private static bool IsRewritten(Finding finding) => finding.IsImproved && !finding.IsKnown;

    /// <summary>Writes the shorter inputs that came later, as long as there is time; the first ones are on disk.</summary>
    private void WriteImproved(IEnumerable<Finding> findings, StopSignal stop)
    {
        foreach (var finding in findings.Where(IsRewritten))
        {
            if (stop.IsRequested || (plan.Seconds > 0 && Clock.Seconds > plan.Seconds)) return;
            Store(finding, replace: finding.IsStored);
        }
    }

    /// <summary>Whoever was left behind may have been about to write: the input goes into the summary then.</summary>
    private void ForgetUnwritten(IEnumerable<Finding> findings)
    {
        foreach (var finding in findings.Where(f => !f.IsKnown && !Directory.Exists(store.PathOf(f.Key)))) finding.IsStored = false;
    }

    private void Store(Finding finding, bool replace)
    {
        var began = Clock.Seconds;
        Write(finding, replace);
        (written, secondsOfWriting) = (written + 1, secondsOfWriting + Clock.Seconds - began);
    }

    private void Write(Finding finding, bool replace)
    {
        // Another worker or an earlier run may have a shorter one.
        if (replace && !store.IsShorter(finding.Key, finding.Input)) return;
        var files = FindingReport.Files(reporter.Value, finding, plan.Seed, plan.Engine);
        try
        {
            if (replace) store.Replace(finding.Key, files);
            else store.Add(finding.Key, files);
            finding.IsStored = true;
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            // An improved input that cannot be written is no loss: the first one is there.
            if (replace) return;
            finding.IsStored = false;
            log.WriteLine($"cannot write the finding '{finding.Key}' to '{plan.Findings}': {UsageException.Reason(e)}; "
                + $"its input in base 64: {Convert.ToBase64String(finding.Input)}");
        }
    }

    private FoundLine Line(Finding finding) => new(
        finding.Key,
        finding.Title,
        finding.Violation.KindName,
        finding.Judgement.Standing == Standing.New,
        finding.Judgement.Standing == Standing.Regression,
        finding.FirstExecution,
        finding.Hits,
        finding.Campaign.Operations.Count,
        finding.IsStored ? store.PathOf(finding.Key) : null,
        finding.IsStored ? null : Convert.ToBase64String(finding.Input),
        finding.Judgement.Note);

    private string Report(InternalFailureException failure)
    {
        try
        {
            return $"{failure.Message}; the inputs are in '{store.KeepInternal(failure.Name, failure.Inputs)}'";
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            var inputs = string.Join(", ", failure.Inputs.Select(i => $"{i.Name} {Convert.ToBase64String(i.Content)}"));
            return $"{failure.Message}; the inputs could not be written ({UsageException.Reason(e)}), in base 64: {inputs}";
        }
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.RemoveLeftovers(folder);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("write the corpus to", folder, e);
        }
    }
}
