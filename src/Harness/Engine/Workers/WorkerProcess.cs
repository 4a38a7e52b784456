using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CcwFuzz.Harness.Contract;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>The numbers of a worker at a moment.</summary>
/// <param name="Executions">Executions.</param>
/// <param name="Seconds">Seconds that it ran.</param>
/// <param name="ProcessorSeconds">Seconds of the processor that it took.</param>
internal readonly record struct WorkerSample(long Executions, double Seconds, double ProcessorSeconds);

/// <summary>One worker: this program once more, with a seed of its own.</summary>
/// <remarks>It ends cleanly when its standard input is closed, which also happens when this process dies.</remarks>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output;
    private readonly Task errors;
    private readonly Action<WorkerProcess, string> said;
    private readonly List<WorkerSample> samples = [];
    private string lastWords = "";

    private WorkerProcess(int number, Process process, Action<WorkerProcess, string> said)
    {
        Number = number;
        this.process = process;
        this.said = said;
        output = process.StandardOutput.ReadToEndAsync();
        errors = ForwardErrors();
    }

    /// <summary>Number, from 1.</summary>
    public int Number { get; }

    /// <summary>Executions it reported last.</summary>
    public long Executions { get; private set; }

    /// <summary>Edges it reported last.</summary>
    public int Edges { get; private set; }

    /// <summary>Inputs it reported last.</summary>
    public int Corpus { get; private set; }

    /// <summary>What it reported, in the order of time; complete when it ended.</summary>
    public IReadOnlyList<WorkerSample> Samples => samples;

    /// <summary>Whether it ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Whether it was this program that killed it.</summary>
    public bool WasKilled { get; private set; }

    /// <summary>What it printed last that was no progress: why it died.</summary>
    public string LastWords => lastWords;

    /// <summary>Exit code; 128 and more is a signal.</summary>
    public int Exit => process.ExitCode;

    /// <summary>Starts a worker.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="command">What is started, as <see cref="Command"/> makes it.</param>
    /// <param name="said">Called for every line about a finding, from another thread.</param>
    public static WorkerProcess Start(int number, ProcessStartInfo command, Action<WorkerProcess, string> said)
    {
        command.RedirectStandardInput = true;
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        return new WorkerProcess(number, Process.Start(command)!, said);
    }

    /// <summary>This program with other arguments.</summary>
    /// <param name="arguments">Words after the program's name.</param>
    /// <param name="compilesAtOnce">Whether it compiles everything well at once.</param>
    public static ProcessStartInfo Command(IEnumerable<string> arguments, bool compilesAtOnce)
    {
        var (program, first) = OwnProgram.Start();
        var start = new ProcessStartInfo(program);
        if (compilesAtOnce) Compilation.AtOnce(start);
        if (first is not null) start.ArgumentList.Add(first);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Asks it to end.</summary>
    public void RequestStop()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        if (process.HasExited) return;
        WasKilled = true;
        process.Kill();
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its result; null if it died without one.</returns>
    public RunSummary? Result()
    {
        process.WaitForExit();
        errors.Wait();
        try
        {
            return JsonSerializer.Deserialize(output.Result, RunJson.Written.RunSummary);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => process.Dispose();

    private async Task ForwardErrors()
    {
        while (await process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            const StringComparison Exactly = StringComparison.Ordinal;
            if (line.StartsWith(WorkerProgress.NumbersMark, Exactly)) ReadNumbers(line);
            else if (line.StartsWith(WorkerProgress.FoundMark, Exactly)) said(this, line[WorkerProgress.FoundMark.Length..]);
            else lastWords = line;
        }
    }

    private void ReadNumbers(string line)
    {
        var words = line.Split(' ');
        var invariant = CultureInfo.InvariantCulture;
        // The last line of one that was killed may end anywhere.
        if (words.Length != 6
            || !long.TryParse(words[1], invariant, out var executions)
            || !int.TryParse(words[2], invariant, out var edges)
            || !int.TryParse(words[3], invariant, out var corpus)
            || !double.TryParse(words[4], invariant, out var seconds)
            || !double.TryParse(words[5], invariant, out var processorSeconds)) return;
        (Executions, Edges, Corpus) = (executions, edges, corpus);
        samples.Add(new WorkerSample(executions, seconds, processorSeconds));
    }
}
