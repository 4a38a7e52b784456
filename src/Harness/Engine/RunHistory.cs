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
    private readonly string folder;
    private RunTotals all;
    private RunTotals mine;
    private double next;
    private bool isBroken;

    /// <summary>Reads the numbers of earlier runs; a file that cannot be read is named and begun anew.</summary>
    public RunHistory(string folder, TextWriter log)
    {
        this.folder = folder;
        path = Path.Combine(folder, FileName);
        this.log = log;
        all = Read(log);
    }

    /// <summary>All runs with this one, those that others have written meanwhile among them.</summary>
    public RunTotals Totals(long executions, double seconds) => With(all, executions, seconds);

    /// <summary>Writes the numbers, now and then.</summary>
    /// <remarks>What this run did since it wrote last is added to what is in the file then, which others write, too.</remarks>
    /// <param name="executions">Executions of this run so far.</param>
    /// <param name="seconds">Its seconds so far.</param>
    /// <param name="isLast">Whether they are written in any case.</param>
    public void Update(long executions, double seconds, bool isLast = false)
    {
        if (isBroken || (!isLast && seconds < next)) return;
        next = seconds + Interval;
        try
        {
            using var held = FolderLock.Take(folder);
            all = With(Read(TextWriter.Null), executions, seconds);
            mine = new RunTotals(1, executions, seconds);
            AtomicFile.Write(path, JsonOutput.Line(all.Rounded(), RunJson.Written.RunTotals) + "\n");
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            isBroken = true;
            log.WriteLine($"no more statistics are kept: cannot write to '{path}': {UsageException.Reason(e)}");
        }
    }

    private RunTotals With(RunTotals others, long executions, double seconds) => new(
        others.Runs + 1 - mine.Runs, others.Executions + executions - mine.Executions, others.Seconds + seconds - mine.Seconds);

    private RunTotals Read(TextWriter log)
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
