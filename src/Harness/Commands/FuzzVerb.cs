using System.CommandLine;
using System.Runtime;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Reporting;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Commands;

/// <summary>fuzz: the campaign loop.</summary>
internal sealed class FuzzVerb : Verb
{
    /// <summary>Given by the parent process: ends with standard input, and reports progress for programs.</summary>
    private readonly Option<bool> worker = new("--worker") { Hidden = true };

    /// <summary>Given by the parent process: where the worker notes each input before it runs.</summary>
    private readonly Option<string> page = new("--page") { Hidden = true };

    /// <summary>Given by the parent process: names of inputs that workers died of, with commas.</summary>
    private readonly Option<string> without = new("--without") { Hidden = true };

    /// <summary>For measurements: the corpus is all that is read.</summary>
    private readonly Option<bool> withoutSeeds = new("--without-seeds") { Hidden = true };

    private readonly Option<string> sync =
        new("--sync") { HelpName = "DIR", Description = "take part in the campaign of afl-fuzz whose output folder (-o) is DIR" };

    private readonly Option<string> syncName =
        new("--sync-name") { HelpName = "NAME", Description = "name within that campaign, as -M and -S; ccwfuzz if not given" };

    private readonly Option<bool> details = new("--details", "-v") { Description = "print all about each finding, not one line" };

    private readonly Option<bool> quiet = new("--quiet", "-q") { Description = "print one line at the end, and what went wrong" };

    /// <inheritdoc/>
    protected override Command Describe()
    {
        var command = new Command("fuzz", "Runs campaigns and reports every violation once.") 
        {
            worker, page, without, withoutSeeds, sync, syncName, details, quiet,
        };
        AddSetting(command, "--seconds", "seconds", "N", "ends N seconds after its start; 0: no limit");
        AddSetting(command, "--executions", "executions", "N", "ends after N executions; without --seconds there is no other limit");
        AddVariantSettings(command);
        AddSetting(command, "--seed", "seed", "N", "where all choices come from; 'random' draws one");
        AddSetting(command, "--workers", "workers", "N", "processes that fuzz");
        AddSetting(command, "--engine", "engine", "guided|random|pct|bytes", "how inputs and schedules are chosen");
        AddSetting(command, "--feedback", "feedback", "KIND", $"what makes an input interesting: {string.Join(", ", Feedbacks.Names)}");
        AddSetting(command, "--corpus", "corpus:directory", "DIR", "inputs to start from beside the seeds; grows with new ones");
        AddSetting(command, "--findings", "findings", "DIR", "where findings are written; what is filed there is known");
        AddSetting(command, "--baseline", "baseline", "DIR", "folder whose filed findings are known, too; only read");
        return command;
    }

    /// <inheritdoc/>
    protected override int Run(ParseResult parsed, CommandContext context)
    {
        var plan = Plan(LoadSettings(parsed), parsed.GetValue(withoutSeeds)) with
        {
            Sync = Sync(parsed),
            Without = parsed.GetValue(without)?.Split(',') ?? [],
        };
        var wordiness = Wordy(parsed);
        using var stop = new StopSignal();
        stop.ListenToSignals();
        // The numbers of workers are the run's.
        var history = plan.KeepIn is { } folder && !parsed.GetValue(worker) ? new RunHistory(folder, context.Log) : null;
        var result = plan.Workers > 1
            ? RunWorkers(plan, parsed.GetValue(Config), context, stop, history, wordiness)
            : RunHere(parsed, plan, context, stop, history, wordiness);
        history?.Update(result.Executions, result.Seconds, isLast: true);
        result = result with { Totals = history?.Totals(result.Executions, result.Seconds) };
        if (parsed.GetValue(Json)) context.Results.WriteLine(JsonOutput.Line(
            Summary(plan, result, parsed.GetValue(worker)), RunJson.Written.RunSummary));
        else FuzzSummary.Print(context.Results, plan, result, wordiness);
        if (result.Failure is { } failure) context.Log.WriteLine($"ccwfuzz: {failure}");
        return result.Exit;
    }

    /// <summary>A worker also says how soon it began and how long it compiled, which no other run repeats.</summary>
    private static RunSummary Summary(FuzzPlan plan, FuzzResult result, bool isWorker)
    {
        var summary = RunSummary.Of(plan, result);
        return !isWorker ? summary : summary with
        {
            FirstExecutionAfter = Math.Round(result.FirstExecutionAfter, 3),
            CompilationSeconds = Math.Round(JitInfo.GetCompilationTime().TotalSeconds, 3),
            CompiledMethods = JitInfo.GetCompiledMethodCount(),
        };
    }

    private Wordiness Wordy(ParseResult parsed)
    {
        var (isDetailed, isQuiet) = (parsed.GetValue(details), parsed.GetValue(quiet));
        if (isDetailed && isQuiet) throw new UsageException("--details and --quiet exclude each other");
        return isQuiet ? Wordiness.Quiet : isDetailed ? Wordiness.Detailed : Wordiness.Usual;
    }

    private static FuzzResult RunWorkers(
        FuzzPlan plan, string? configuration, CommandContext context, StopSignal stop, RunHistory? history, Wordiness wordiness)
    {
        using var pool = new WorkerPool(plan, configuration, context.Log, stop)
        {
            History = history,
            Clock = context.Clock,
            Wordiness = wordiness,
        };
        return pool.Run();
    }

    private FuzzResult RunHere(
        ParseResult parsed, FuzzPlan plan, CommandContext context, StopSignal stop, RunHistory? history, Wordiness wordiness)
    {
        if (!parsed.GetValue(worker))
        {
            var progress = new ConsoleProgress(context.Log, plan, !Console.IsErrorRedirected, wordiness);
            using var session = new FuzzSession(plan, progress, context.Log, context.NewTarget)
            {
                History = history,
                Clock = context.Clock,
                IsQuiet = wordiness == Wordiness.Quiet,
            };
            return session.Run(stop);
        }
        stop.ListenToStandardInput();
        var told = new WorkerProgress(context.Log);
        using var part = new FuzzSession(plan, told, TextWriter.Null, context.NewTarget) { Clock = context.Clock };
        using var shared = parsed.GetValue(page) is { } path ? InputPage.Open(path) : null;
        return part.Run(stop, shared);
    }

    private SyncPlan? Sync(ParseResult parsed)
    {
        var name = parsed.GetValue(syncName);
        if (parsed.GetValue(sync) is { } folder)
            return new SyncPlan(Path.GetFullPath(Folders.Creatable("--sync: ", folder)), name ?? SyncPlan.UsualName);
        return name is null ? null : throw new UsageException("--sync-name goes with --sync DIR");
    }

    private static FuzzPlan Plan(LoadedSettings settings, bool isWithoutSeeds)
    {
        var values = settings.Values;
        var variant = settings.ResolveVariant();
        // Executions that were asked for where seconds were not mean exactly that many.
        var isCounted = values.Executions > 0 && settings.LayerOf("executions") > settings.LayerOf("seconds");
        var keepIn = settings.CorpusToWrite()
            ?? (values.Corpus.Keep ? Path.Combine(settings.Root, "corpus", "work", variant.ToString()) : null);
        var seeds = isWithoutSeeds ? [] : settings.Seeds();
        return new FuzzPlan
        {
            Variant = variant,
            Seed = settings.ResolveSeed(),
            Engine = values.Engine.ToLowerInvariant(),
            Feedback = Feedbacks.Parse(values.Feedback),
            Executions = values.Executions,
            Seconds = isCounted ? 0 : values.Seconds,
            Workers = values.Workers,
            // The seeds are always there, so that a corpus that was lost costs only time.
            Corpus = keepIn is null ? seeds : [keepIn, .. seeds],
            RanksSeeds = true,
            KeepIn = keepIn,
            Findings = settings.FindingsToWrite(),
            Baseline = settings.Baseline(),
        };
    }
}
