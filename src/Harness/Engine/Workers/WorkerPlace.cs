using System.Diagnostics;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>One worker of a run: the processes that do its work, one after the other if they die.</summary>
/// <remarks>
/// The seed of its n-th process depends on the run's seed, its number and n alone: not on the time, on what killed the one before,
/// or on the other workers. It has to be another one, because the same would run into the same input.
/// </remarks>
internal sealed class WorkerPlace : IDisposable
{
    private readonly Endurance endurance = new();
    private readonly long share;
    private SplitMix seeds;
    private int started;

    /// <summary>A worker that was not started yet.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="seed">Seed of its first process.</param>
    /// <param name="executions">Its share of the executions; 0 for no limit.</param>
    public WorkerPlace(int number, ulong seed, long executions)
    {
        Number = number;
        Seed = seed;
        share = executions;
        seeds = new SplitMix(seed);
    }

    /// <summary>Number, from 1.</summary>
    public int Number { get; }

    /// <summary>Seed of the process that runs or ran last.</summary>
    public ulong Seed { get; private set; }

    /// <summary>What it shares with its processes.</summary>
    public InputPage Page { get; } = InputPage.Create();

    /// <summary>The process that runs, or null.</summary>
    public WorkerProcess? Process { get; private set; }

    /// <summary>The summaries of its processes that lived to print one.</summary>
    public List<RunSummary> Results { get; } = [];

    /// <summary>Numbers of those processes that did not: executions together, of the others the most.</summary>
    public PageContent Lost { get; private set; }

    /// <summary>Executions of all its processes.</summary>
    public long Executions => Done + (Process?.Executions ?? 0);

    /// <summary>Executions of its processes that ended.</summary>
    public long Done => Lost.Executions + Results.Sum(r => r.Executions);

    /// <summary>Whether executions are left of its share.</summary>
    public bool HasWork => share == 0 || Done < share;

    /// <summary>Executions that are left of its share; 0 for no limit.</summary>
    public long Left => share - (share == 0 ? 0 : Done);

    /// <summary>Starts its next process.</summary>
    /// <param name="command">The process for this worker as it is now.</param>
    /// <param name="said">Called for every line about a finding, from another thread.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public void Start(Func<WorkerPlace, ProcessStartInfo> command, Action<WorkerProcess, string> said)
    {
        if (started++ > 0) Seed = seeds.Next();
        Page.Clear();
        Process = WorkerProcess.Start(Number, command(this), said);
    }

    /// <summary>Its process ended with a summary.</summary>
    public void Ended(RunSummary result)
    {
        Results.Add(result);
        Forget();
    }

    /// <summary>Its process ended without one.</summary>
    /// <returns>What it wrote last.</returns>
    public PageContent Died()
    {
        var last = Page.Read();
        Lost = new PageContent(
            Lost.Executions + last.Executions,
            Math.Max(Lost.Edges, last.Edges),
            Math.Max(Lost.Features, last.Features),
            Math.Max(Lost.Corpus, last.Corpus),
            null);
        Forget();
        return last;
    }

    /// <summary>Whether it is given up after a death.</summary>
    /// <param name="last">What its process left.</param>
    /// <returns>Why, or null.</returns>
    public string? IsHopeless(PageContent last) => endurance.Died(last.Executions, last.Executions > 0 || last.Input is not null);

    /// <summary>The most that one of its processes reached.</summary>
    /// <param name="number">The number in a summary.</param>
    /// <param name="lost">The same of those that died.</param>
    public int Most(Func<RunSummary, int> number, int lost) => Results.Select(number).Append(lost).Max();

    /// <inheritdoc/>
    public void Dispose()
    {
        Process?.Kill();
        Forget();
        Page.Dispose();
    }

    private void Forget()
    {
        Process?.Dispose();
        Process = null;
    }
}
