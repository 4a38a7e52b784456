using System.ComponentModel;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Inputs;

namespace CcwFuzz.Harness.Engine.Workers;

/// <content>What happens when a process of a worker ended.</content>
internal sealed partial class WorkerPool
{
    private const string ExecutedName = "executed.bin";
    private readonly List<DeadWorker> dead = [];

    /// <summary>Names of the inputs that workers died of: no later one starts with them, as some may kill whoever runs them.</summary>
    private readonly List<string> without = [];

    /// <summary>What is left of the run's seconds, with those that this process needs after the last worker; 0 for no limit.</summary>
    private double SecondsLeft => plan.Seconds == 0 ? 0 : Math.Max(Shortest, plan.Seconds - Clock.Seconds - AtEnd);

    private bool HasTime => plan.Seconds == 0 || SecondsLeft > Shortest;

    private void Ended(WorkerPlace place, WorkerProcess process)
    {
        var result = process.Result();
        var (exit, words, wasKilled) = (process.Exit, process.LastWords, process.WasKilled);
        if (result is null)
        {
            var last = place.Died();
            if (wasKilled) log.WriteLine($"worker {place.Number} did not end within {Patience.TotalSeconds:f1} s and was killed");
            var because = words.Length == 0 ? "" : $" ({words})";
            Follow(place, exit, last, $"worker {place.Number} died with exit code {exit}{because} after {last.Executions} executions");
            return;
        }
        place.Ended(result);
        if (result.Error is { } error) failures.Add($"worker {place.Number}: {error}");
        // A signal for all may reach a worker first. One for this worker alone ended it in good order, but too early.
        else if (result.Interrupted && !stop.Wait(Tick))
        {
            var cut = new PageContent { Executions = result.Executions };
            Follow(place, exit, cut, $"worker {place.Number} was told to end by a signal after {result.Executions} executions");
        }
    }

    /// <summary>Reports a process that ended before its work did, and starts the next one unless that is hopeless.</summary>
    private void Follow(WorkerPlace place, int exit, PageContent last, string what)
    {
        var kept = last.Input is null ? null : Keep(last.Input);
        var input = last.Input is null ? "it ran no input"
            : kept is null ? $"its input could not be written, in base 64: {Convert.ToBase64String(last.Input)}"
            : $"its input is in '{kept}'";
        dead.Add(new DeadWorker(place.Number, exit, kept, place.Seed, last.Executions));
        if (last.Input is not null) without.Add(InputFiles.ContentName(last.Input));
        var hopeless = exit == ExitCode.Usage ? "it was told what it cannot do" : place.IsHopeless(last);
        if (stop.IsRequested || !place.HasWork || !HasTime)
        {
            log.WriteLine($"{what}; {input}; it had no work left");
            return;
        }
        if (hopeless is not null || !TryStart(place, ref hopeless))
        {
            failures.Add($"{what}; {input}; it is given up, {hopeless}");
            log.WriteLine(failures[^1]);
            return;
        }
        log.WriteLine($"{what}; {input}; it goes on with seed {place.Seed}");
    }

    private bool TryStart(WorkerPlace place, ref string? failure)
    {
        try
        {
            Start(place);
            return true;
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            failure = $"it cannot be started: {e.Message}";
            return false;
        }
    }

    private string? Keep(byte[] input)
    {
        try
        {
            var folder = store.KeepInternal($"dead-worker-{InputFiles.ContentName(input)}", [(ExecutedName, input)]);
            return Path.Combine(folder, ExecutedName);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            return null;
        }
    }
}
