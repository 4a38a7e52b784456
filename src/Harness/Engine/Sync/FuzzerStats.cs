using System.Globalization;
using System.Text;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Engine.Sync;

/// <summary>Numbers of a queue.</summary>
/// <param name="Inputs">Inputs in it.</param>
/// <param name="Imported">Inputs of others that were run.</param>
/// <param name="Crashes">Inputs that show a violation.</param>
/// <param name="Executions">Executions.</param>
internal readonly record struct QueueNumbers(uint Inputs, int Imported, uint Crashes, long Executions);

/// <summary>The file fuzzer_stats, which afl-whatsup and its like read.</summary>
/// <remarks>afl-whatsup divides by the number of inputs and of executions, so neither is ever 0.</remarks>
internal sealed class FuzzerStats(string path, string banner, TextWriter log)
{
    private const double Interval = 5;
    private readonly long started = Now();
    private QueueNumbers last;
    private long lastFind;
    private long lastCrash;
    private double next;
    private bool isBroken;

    /// <summary>Writes the file, a few times a minute.</summary>
    /// <param name="numbers">Numbers of the run.</param>
    /// <param name="queue">Numbers of the queue.</param>
    /// <param name="isLast">Whether it is written in any case.</param>
    public void Update(FuzzStatistics numbers, QueueNumbers queue, bool isLast)
    {
        if (isBroken || (!isLast && numbers.Seconds < next)) return;
        next = numbers.Seconds + Interval;
        if (queue.Inputs > last.Inputs) lastFind = Now();
        if (queue.Crashes > last.Crashes) lastCrash = Now();
        last = queue;
        try
        {
            AtomicFile.Write(path, Text(numbers, queue));
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            isBroken = true;
            log.WriteLine($"no more statistics are written: cannot write to '{path}': {UsageException.Reason(e)}");
        }
    }

    private string Text(FuzzStatistics numbers, QueueNumbers queue)
    {
        var text = new StringBuilder();
        void Add(string name, object value) =>
            text.Append(name.PadRight(18)).Append(": ").Append(Convert.ToString(value, CultureInfo.InvariantCulture)).Append('\n');
        Add("start_time", started);
        Add("last_update", Now());
        Add("run_time", (long)numbers.Seconds);
        Add("fuzzer_pid", Environment.ProcessId);
        Add("cycles_done", 0);
        Add("cycles_wo_finds", 0);
        Add("execs_done", Math.Max(1, queue.Executions));
        Add("execs_per_sec", numbers.Rate.ToString("f2", CultureInfo.InvariantCulture));
        Add("corpus_count", Math.Max(1, queue.Inputs));
        Add("corpus_favored", 0);
        Add("corpus_found", queue.Inputs);
        Add("corpus_imported", queue.Imported);
        Add("cur_item", 0);
        Add("pending_favs", 0);
        Add("pending_total", 0);
        Add("stability", "100.00%");
        Add("bitmap_cvg", "0.00%");
        Add("saved_crashes", queue.Crashes);
        Add("saved_hangs", 0);
        Add("last_find", lastFind);
        Add("last_crash", lastCrash);
        Add("last_hang", 0);
        Add("exec_timeout", 0);
        Add("edges_found", numbers.Edges);
        Add("afl_banner", banner);
        Add("afl_version", "ccwfuzz");
        Add("target_mode", "in-process");
        Add("command_line", "ccwfuzz fuzz");
        return text.ToString();
    }

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
}
