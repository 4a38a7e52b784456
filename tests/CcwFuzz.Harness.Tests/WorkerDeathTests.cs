using System.Diagnostics;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Engine.Workers;
using CcwFuzz.Target.Variants;
using CcwFuzz.Testing;
using Xunit;

namespace CcwFuzz.Harness.Tests;

/// <summary>Workers that die: their input is kept, others do what they had left, and what cannot live is given up.</summary>
public sealed class WorkerDeathTests : IDisposable
{
    private const string Summary =
        """{"executions":EXECUTIONS,"edges":7,"features":3,"corpus":2,"findings":[],"interrupted":INTERRUPTED,"error":ERROR}""";

    private static readonly byte[] Deadly = [1, 2, 3, 4, 5, 6, 7, 8];
    private readonly TemporaryFolder folder = new();
    private readonly StopSignal stop = new();
    private readonly StringWriter log = new();
    private readonly List<IReadOnlyList<string>> started = [];

    private FuzzPlan Plan => new()
    {
        Variant = VariantCatalogue.Default, Seed = 1, Engine = "guided", Executions = 10, Workers = 2, Findings = folder["found"],
    };

    public void Dispose()
    {
        stop.Dispose();
        log.Dispose();
        folder.Dispose();
    }

    /// <summary>Real workers; the first is killed with SIGKILL while it executes.</summary>
    [Fact]
    public async Task A_killed_worker_is_started_again_with_what_it_had_left()
    {
        const long Share = 1_000_000_000;
        folder.Write("fuzz.yml", "corpus: { seeds: [] }\n");
        var running = Task.Run(() => Run(Plan with { Executions = 2 * Share }, Identified));
        Until(() => Executions(0) > 0);
        Assert.Empty(Lines("died"));
        using (var first = Process.GetProcessById(Id(0))) first.Kill();
        Until(() => Executions(2) > 0);
        stop.Request();
        var result = await running;

        var dead = Assert.Single(result.DeadWorkers);
        Assert.Equal((1, 137), (dead.Worker, dead.Exit));
        Assert.Equal(0, File.ReadAllBytes(dead.Input!).Length % 8);
        Assert.Contains(dead.Input!, Assert.Single(Lines("worker 1 died with exit code 137")), StringComparison.Ordinal);
        Assert.Equal(3, started.Count);
        Assert.Equal(Share, long.Parse(Option(0, "--executions")));
        Assert.Equal(Share - dead.Executions, long.Parse(Option(2, "--executions")));
        Assert.Equal(dead.Seed, ulong.Parse(Option(0, "--seed")));
        Assert.Equal(3, started.Select((_, i) => Option(i, "--seed")).Distinct().Count());
        Assert.Contains(Option(2, "--without"), dead.Input!, StringComparison.Ordinal);
        Assert.Null(result.Failure);
        Assert.True(result.Executions > dead.Executions);
        Assert.True(result.IsInterrupted);
    }

    [Fact]
    public void The_executions_of_a_dead_worker_count_and_its_seeds_depend_on_the_run_alone()
    {
        // The first of the two dies after 2 of its 5, the one after it does the other 3.
        FuzzResult Once() => Run(Plan, arguments => started.Count == 1
            ? Dying(arguments, Deadly, executions: 2)
            : Saying(long.Parse(After(arguments, "--executions"))));

        var one = Once();
        Assert.Equal((10, 0), (one.Executions, one.Exit));
        Assert.Equal(["5", "5", "3"], started.Select((_, i) => Option(i, "--executions")));
        var dead = Assert.Single(one.DeadWorkers);
        Assert.Equal((1, 137, 2L), (dead.Worker, dead.Exit, dead.Executions));
        Assert.Equal(Deadly, File.ReadAllBytes(dead.Input!));
        var seeds = started.Select((_, i) => Option(i, "--seed")).ToList();
        started.Clear();
        Once();
        Assert.Equal(seeds, started.Select((_, i) => Option(i, "--seed")));
    }

    [Theory]
    [InlineData(0, Endurance.DeathsAtStart, "at its start")]
    [InlineData(1, Endurance.Deaths, "without 1000 executions between")]
    public void A_worker_that_dies_again_and_again_is_given_up_and_the_other_one_goes_on(long executions, int deaths, string says)
    {
        var plan = Plan with { Executions = 1000 };
        var result = Run(plan, a => After(a, "--executions") == "500" && started.Count == 2 ? Saying(500)
            : Dying(a, executions > 0 ? Deadly : null, executions));
        Assert.Equal(ExitCode.Internal, result.Exit);
        Assert.Contains("worker 1", result.Failure, StringComparison.Ordinal);
        Assert.Contains(says, result.Failure, StringComparison.Ordinal);
        Assert.Equal(deaths, result.DeadWorkers.Count);
        Assert.Equal(500 + (deaths * executions), result.Executions);
        Assert.Equal(7, result.Edges);
    }

    [Theory]
    [InlineData("null", "true", 2, 0)] // somebody told one worker to end
    [InlineData("\"the model failed\"", "false", 0, 3)]
    public void A_worker_that_ends_by_itself_is_started_again_only_if_nothing_failed(
        string error, string interrupted, int again, int exit)
    {
        var result = Run(Plan, a => started.Count > 2 ? Saying(long.Parse(After(a, "--executions"))) : Saying(4, interrupted, error));
        Assert.Equal((2 + again, exit), (started.Count, result.Exit));
        Assert.Equal(again, result.DeadWorkers.Count);
        Assert.Equal(again > 0 ? 10 : 8, result.Executions);
        Assert.All(started.Skip(2), a => Assert.Equal("1", After(a, "--executions")));
    }

    [Fact]
    public void A_worker_with_wrong_arguments_is_given_up_at_once()
    {
        var result = Run(Plan, _ => Shell("echo 'no such file' >&2; exit 2"));
        Assert.Equal((2, 3), (started.Count, result.Exit));
        Assert.Contains("no such file", result.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_dies_without_work_left_is_not_started_again()
    {
        var result = Run(Plan, a => Dying(a, Deadly, executions: 5));
        Assert.Equal((2, 10, 0), (started.Count, result.Executions, result.Exit));
        Assert.Equal(2, result.DeadWorkers.Count);
    }

    [Fact]
    public void One_execution_has_one_worker()
    {
        Assert.Equal(1, Run(Plan with { Executions = 1 }, _ => Saying(1)).Executions);
        Assert.Single(started);
    }

    private static string After(IReadOnlyList<string> arguments, string option) => arguments[arguments.ToList().IndexOf(option) + 1];

    private static ProcessStartInfo Shell(string script)
    {
        var start = new ProcessStartInfo("/bin/sh");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        return start;
    }

    /// <summary>A worker that ends with a summary.</summary>
    private static ProcessStartInfo Saying(long executions, string interrupted = "false", string error = "null") => Shell("echo '" + Summary
        .Replace("EXECUTIONS", $"{executions}", StringComparison.Ordinal)
        .Replace("INTERRUPTED", interrupted, StringComparison.Ordinal)
        .Replace("ERROR", error, StringComparison.Ordinal) + "'");

    /// <summary>A worker that kills itself after some executions, or before any.</summary>
    private static ProcessStartInfo Dying(IReadOnlyList<string> arguments, byte[]? input, long executions)
    {
        using var page = InputPage.Open(After(arguments, "--page"));
        var numbers = new FuzzStatistics();
        for (var i = 0; i < executions; i++) numbers.Executed();
        if (input is not null) page.Begin(input, numbers);
        page.End(numbers);
        return Shell("kill -9 $$");
    }

    private static void Until(Func<bool> isSo)
    {
        while (!isSo()) Thread.Sleep(5);
    }

    private FuzzResult Run(FuzzPlan plan, Func<IReadOnlyList<string>, ProcessStartInfo> command)
    {
        using var pool = new WorkerPool(plan, folder["fuzz.yml"], log, stop, arguments =>
        {
            lock (started) started.Add(arguments);
            return command(arguments);
        })
        {
            Patience = TimeSpan.FromMinutes(1), // a busy machine is no reason to kill
        };
        return pool.Run();
    }

    /// <summary>A real worker that says which process it is.</summary>
    private ProcessStartInfo Identified(IReadOnlyList<string> arguments)
    {
        var real = WorkerProcess.Command(arguments, compilesAtOnce: false);
        var start = Shell($"echo $$ >'{folder[$"id-{started.Count - 1}"]}'; exec \"$0\" \"$@\"");
        start.ArgumentList.Add(real.FileName);
        foreach (var argument in real.ArgumentList) start.ArgumentList.Add(argument);
        return start;
    }

    private int Id(int process) => int.Parse(File.ReadAllText(folder[$"id-{process}"]));

    /// <summary>Executions of a process that was started, as it notes them for its parent.</summary>
    private long Executions(int process)
    {
        lock (started)
            if (started.Count <= process) return 0;
        using var page = InputPage.Open(Option(process, "--page"));
        return page.Read().Executions;
    }

    private string Option(int process, string name) => After(started[process], name);

    private List<string> Lines(string with) => [.. log.ToString().Split('\n').Where(l => l.Contains(with, StringComparison.Ordinal))];
}
