using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace CcwFuzz.Machine.Io;

/// <summary>A program that was run to its end.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">The beginning of what it printed on standard output and standard error, in one line.</param>
public sealed record ProgramRun(int ExitCode, string Output)
{
    /// <summary>Characters of the output that are kept. The rest is read as well, so that the program can go on, and dropped.</summary>
    public const int LongestOutput = 4096;

    /// <summary>How long a program that was killed may take to be gone.</summary>
    private static readonly TimeSpan KillTime = TimeSpan.FromSeconds(5);

    /// <summary>Runs a program until it has ended and has closed its output.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="time">How long that may take: then it is killed with all processes that it started.</param>
    /// <param name="stop">Ends it in the same way.</param>
    /// <exception cref="MachineException">It does not end in time. The message names the command and what it printed so far.</exception>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static async Task<ProgramRun> Run(string program, IReadOnlyList<string> arguments, TimeSpan time, CancellationToken stop)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(time);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var printed = new StringBuilder();
        try
        {
            var ended = Task.WhenAll(
                process.WaitForExitAsync(limit.Token),
                Keep(process.StandardOutput, printed, limit.Token),
                Keep(process.StandardError, printed, limit.Token));
            await ended.WaitAsync(limit.Token).ConfigureAwait(false);
            return new ProgramRun(process.ExitCode, OneLine(printed));
        }
        catch (OperationCanceledException)
        {
            await Kill(process).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            var words = OneLine(printed) is { Length: > 0 } text ? $"it printed: {text}" : "it printed nothing";
            var command = string.Join(' ', arguments.Prepend(program));
            throw new MachineException(MachineFault.Setup, $"'{command}' did not end within {time.TotalSeconds:0.#} s; {words}");
        }
    }

    private static async Task Keep(StreamReader from, StringBuilder printed, CancellationToken stop)
    {
        var buffer = new char[LongestOutput];
        while (true)
        {
            var read = await from.ReadAsync(buffer, stop).ConfigureAwait(false);
            if (read == 0) return;
            lock (printed) printed.Append(buffer, 0, Math.Min(read, LongestOutput - printed.Length));
        }
    }

    private static string OneLine(StringBuilder printed)
    {
        lock (printed) return printed.ToString().ReplaceLineEndings(" ").Trim();
    }

    private static async Task Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            using var limit = new CancellationTokenSource(KillTime);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException or OperationCanceledException)
        {
            // It ended by itself, or the kernel does not let go of it: there is no more that can be done.
        }
    }
}
