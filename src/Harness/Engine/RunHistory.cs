using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Engine;

/// <summary>Runs on one corpus together.</summary>
/// <param name="Runs">How many there were, this one included.</param>
/// <param name="Executions">Their executions.</param>
/// <param name="Seconds">Their seconds.</param>
internal readonly record struct RunTotals(int Runs, long Executions, double Seconds)
{
    /// <summary>The same with seconds as they are written.</summary>
    public RunTotals Rounded() => this with { Seconds = Math.Round(Seconds, 3) };
}

/// <summary>The numbers of all runs that kept inputs in a folder; a run that is killed loses the last seconds of its own.</summary>
internal sealed class RunHistory
{
    /// <summary>Name of the file, within the folder of the corpus.</summary>
    public const string FileName = ".runs.json";

    private const double Interval = 2;
    private readonly string path;
    private readonly TextWriter log;
    private readonly RunTotals before;
    private double next;
    private bool isBroken;

    /// <summary>Reads the numbers of earlier runs; a file that cannot be read is named and begun anew.</summary>
    public RunHistory(string folder, TextWriter log)
    {
        path = Path.Combine(folder, FileName);
        this.log = log;
        before = Read();
    }

    /// <summary>All runs with this one.</summary>
    public RunTotals Totals(long executions, double seconds) =>
        new(before.Runs + 1, before.Executions + executions, before.Seconds + seconds);

    /// <summary>Writes the numbers, now and then.</summary>
    /// <param name="executions">Executions of this run so far.</param>
    /// <param name="seconds">Its seconds so far.</param>
    /// <param name="isLast">Whether they are written in any case.</param>
    public void Update(long executions, double seconds, bool isLast = false)
    {
        if (isBroken || (!isLast && seconds < next)) return;
        next = seconds + Interval;
        try
        {
            AtomicFile.Write(path, JsonOutput.Line(Totals(executions, seconds).Rounded(), RunJson.Written.RunTotals) + "\n");
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            isBroken = true;
            log.WriteLine($"no more statistics are kept: cannot write to '{path}': {UsageException.Reason(e)}");
        }
    }

    private RunTotals Read()
    {
        try
        {
            return File.Exists(path) ? JsonFile.Read(path, RunJson.Written.RunTotals) : default;
        }
        catch (UsageException e)
        {
            log.WriteLine($"the numbers of earlier runs are lost: {e.Message}");
            return default;
        }
    }
}
