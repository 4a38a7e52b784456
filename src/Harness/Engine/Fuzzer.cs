using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>The campaign loop: next input, one execution, what it teaches.</summary>
/// <remarks>
/// Everything is decided by the seed; time only ends the loop. An execution whose schedule was explored is written back into
/// its campaign, so whatever is kept or reported replays by its bytes alone, and is made to prove it.
/// </remarks>
internal sealed class Fuzzer
{
    private const long SelfCheckEvery = 4096;
    private const long LookUpEvery = 16;
    private const int GainOfFinding = 8;
    private readonly FuzzPlan plan;
    private readonly FuzzTarget target;
    private readonly IFuzzObserver observer;
    private readonly IInputSource source;
    private readonly IExploration exploration;
    private readonly StopSignal stop;
    private readonly OperationLengths lengths = new();
    private readonly Coverage coverage = new();
    private readonly RecordBuffer buffer = new();
    private readonly Campaign campaign = new();
    private readonly Dictionary<string, Finding> found = [];
    private readonly List<Finding> findings = [];
    private readonly HashSet<string> kept = [];
    private SplitMix random;
    private long beats;

    /// <summary>Prepares a run.</summary>
    public Fuzzer(FuzzPlan plan, FuzzTarget target, IFuzzObserver observer, StopSignal stop)
    {
        this.plan = plan;
        this.target = target;
        this.observer = observer;
        this.stop = stop;
        random = new SplitMix(plan.Seed);
        target.World.Features.On = plan.Feedback;
        source = plan.Engine switch
        {
            "bytes" => new ByteSource(),
            "random" => new RandomSource(),
            _ => new GuidedSource(new FavoredEnergy(coverage.HitsOf), lengths),
        };
        exploration = plan.Engine switch
        {
            "bytes" => new NoExploration(),
            "pct" => new PctExploration(target),
            "random" => new WalkExploration(target),
            _ => new SchedulePortfolio(target),
        };
    }

    /// <summary>The numbers so far.</summary>
    public FuzzStatistics Statistics { get; } = new();

    /// <summary>Changes as long as the loop goes on; another thread may look.</summary>
    public long Beats => Volatile.Read(ref beats);

    /// <summary>The input that is executed, before what was explored is written back; another thread may look if nothing goes on.</summary>
    public byte[] Current => buffer.Bytes.ToArray();

    /// <summary>Called after each execution with the campaign that repeats it and the key it came to, or null; for measurements.</summary>
    public Action<Campaign, string?>? Executed { get; set; }

    /// <summary>Where each input is noted before it runs, for whoever starts this process again if it dies; or null.</summary>
    public InputPage? Page { get; init; }

    /// <summary>The findings so far, in the order of their first execution.</summary>
    public IReadOnlyList<Finding> Findings => findings;

    /// <summary>Measures the seconds that the run may take.</summary>
    public RunClock Clock { get; init; } = RunClock.FromNow();

    /// <summary>Whether the seconds of the run are over, with those that its end will take.</summary>
    public bool IsOutOfTime => plan.Seconds > 0 && Clock.Seconds + observer.SecondsAtEnd >= plan.Seconds;

    /// <summary>Runs until a limit is reached or somebody asks for the end.</summary>
    /// <param name="seeds">Inputs to start from.</param>
    /// <param name="first">How many of them are played before the first mutant; the others take turns with mutants.</param>
    /// <exception cref="InternalFailureException">The model failed, or an execution could not be repeated.</exception>
    public void Run(IReadOnlyList<byte[]> seeds, int first = int.MaxValue)
    {
        Statistics.SeedsLeft = seeds.Count;
        for (var isTurnOfSeed = true; !IsOver(); isTurnOfSeed = !isTurnOfSeed)
        {
            var played = seeds.Count - Statistics.SeedsLeft;
            if (played < seeds.Count && (played < first || isTurnOfSeed))
            {
                Statistics.SeedsLeft--;
                Play(seeds[played]);
            }
            else if (observer.NextImport() is { } import) Play(import);
            else Mutate();
        }
        observer.Progress(Statistics);
    }

    private void Play(byte[] input)
    {
        buffer.Load(input);
        Execute(Campaign.Decode(input, campaign), null);
    }

    private void Mutate()
    {
        var expected = source.Next(buffer, ref random);
        Campaign.Decode(buffer.Bytes, campaign);
        var (gain, cost) = Execute(campaign, exploration.Choose(campaign, expected, ref random));
        source.Learn(gain, cost);
        exploration.Learn(gain, cost);
    }

    private bool IsOver()
    {
        if (stop.IsRequested) return true;
        if (plan.Executions > 0 && Statistics.Executions >= plan.Executions) return true;
        if (Statistics.Executions % LookUpEvery == 0) observer.Progress(Statistics);
        return IsOutOfTime;
    }

    /// <returns>What it brought, and the scheduling points it took.</returns>
    private (int Gain, int Cost) Execute(Campaign input, IScheduleStrategy? strategy)
    {
        Page?.Begin(buffer.Bytes, Statistics);
        var verdict = Fitting(target.Run(input, strategy));
        Volatile.Write(ref beats, beats + 1);
        Statistics.Executed();
        Page?.End(Statistics);
        // From here on the campaign has the schedule that was really taken, and nothing of its own that had no effect.
        if (!input.TrySetDeviations(verdict.TakenDeviations) && !verdict.IsModelError)
            throw Failure("unrecordable", "an execution took a schedule that its campaign cannot hold", input.Encode());
        string? key = null;
        var gain = 0;
        if (verdict.Violation is { } violation)
        {
            key = FindingKey.Of(violation);
            // Operations that were never started had no part in it.
            input.Truncate(verdict.LastOperation + 1);
            if (plan.KeepsViolations)
            {
                coverage.Merge(target.World);
                Keep(input, verdict);
            }
            if (Violated(input, violation, key)) gain = GainOfFinding;
        }
        else if (!plan.KeepsViolations && coverage.Merge(target.World) > 0)
        {
            Keep(input, verdict);
            gain = 1;
        }
        Executed?.Invoke(input, key);
        if (Statistics.Executions % SelfCheckEvery == 0) SelfCheck(input, key, verdict.Steps, verdict.Decisions);
        return (gain, verdict.Steps);
    }

    private void Keep(Campaign input, Verdict verdict)
    {
        var entry = new CorpusEntry(input.Encode(), verdict.RecordableDecisions, verdict.Steps, coverage.Fresh);
        // A few edges tell what the process did before: the same input can reach one of them the second time only.
        if (!kept.Add(InputFiles.ContentName(entry.Bytes))) return;
        lengths.Learn(input, target.World.Scheduler.Beginnings);
        source.Keep(entry, coverage.Reached(target.World));
        Statistics.Corpus = source.Count;
        Statistics.Edges = coverage.Edges;
        Statistics.Features = coverage.Features;
        observer.Kept(entry.Bytes);
    }

    /// <returns>Whether nothing came to this key before.</returns>
    private bool Violated(Campaign input, Violation violation, string key)
    {
        if (violation.Kind == ViolationKind.ModelError)
            throw Failure(key, $"the model failed: {FindingKey.TitleOf(violation)}", input.Encode());
        if (found.TryGetValue(key, out var known))
        {
            known.Hits++;
            if (input.Records * RecordCodec.Stride >= known.Input.Length) return false;
            known.Input = Proven(input, key);
            known.Violation = violation;
            known.IsImproved = true;
            return false;
        }
        var finding = new Finding
        {
            Key = key,
            Violation = violation,
            Judgement = observer.Judge(key),
            FirstExecution = Statistics.Executions,
            Input = Proven(input, key),
        };
        found.Add(key, finding);
        findings.Add(finding);
        Statistics.Findings = findings.Count;
        observer.Found(finding);
        return true;
    }

    /// <summary>The bytes of a campaign, after they have shown that they lead to the same finding by themselves.</summary>
    private byte[] Proven(Campaign input, string key)
    {
        var bytes = input.Encode();
        var again = Fitting(target.Run(bytes)).Key;
        Volatile.Write(ref beats, beats + 1);
        if (again == key) return bytes;
        throw Failure($"nondeterminism-{key}", $"non-determinism: the same input gave '{key}', then '{again ?? "clean"}'", bytes);
    }

    private void SelfCheck(Campaign input, string? key, int steps, int decisions)
    {
        var bytes = input.Encode();
        var again = Fitting(target.Run(bytes));
        if (again.Key == key && again.Steps == steps && again.Decisions == decisions) return;
        throw Failure(
            "nondeterminism-steps",
            $"non-determinism: the same input gave '{key ?? "clean"}' in {steps} steps with {decisions} decisions, "
            + $"then '{again.Key ?? "clean"}' in {again.Steps} with {again.Decisions}",
            bytes);
    }

    /// <summary>Memory that is used up is no bug of the model: a worker dies of it, and is started again.</summary>
    private Verdict Fitting(Verdict verdict)
    {
        if (Page is null || verdict.Violation is not { Kind: ViolationKind.ModelError } violation) return verdict;
        if (violation.State is not (nameof(OutOfMemoryException) or nameof(InsufficientMemoryException))) return verdict;
        throw new InsufficientMemoryException(violation.Message);
    }

    /// <summary>Both inputs are kept: what was executed, and what it was written back to.</summary>
    private InternalFailureException Failure(string name, string message, byte[] written) =>
        new(name, message, [("executed.bin", buffer.Bytes.ToArray()), ("written-back.bin", written)]);
}
