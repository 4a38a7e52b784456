using System.Diagnostics;
using System.Text.RegularExpressions;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Engine.Sync;

/// <summary>Which campaign of afl-fuzz a run takes part in.</summary>
/// <param name="Folder">Folder of the campaign: what afl-fuzz has as -o.</param>
/// <param name="Name">Name of this instance, as -M and -S give it to the others.</param>
internal sealed record SyncPlan(string Folder, string Name)
{
    /// <summary>Name unless another one is given.</summary>
    public const string UsualName = "ccwfuzz";

    /// <summary>Time between two looks at what the others found.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What a run exchanged.</summary>
/// <param name="Imported">Inputs of others that were run.</param>
/// <param name="ImportedNew">Those of them that reached something new.</param>
/// <param name="Exported">Inputs written for others, the new ones of others among them.</param>
internal readonly record struct SyncCount(int Imported, int ImportedNew, int Exported);

/// <summary>Our place in a campaign of afl-fuzz: DIR/NAME with a queue, crashes and statistics, as each instance has them.</summary>
/// <remarks>
/// The queue is also what a run that is started again begins with; an input is in it completely or not at all, and what was read
/// of the others is remembered after it was run, so that a kill at any moment loses nothing.
/// </remarks>
internal sealed partial class SyncFolder : IDisposable
{
    /// <summary>Folder of what was read of the others.</summary>
    public const string StateFolder = ".synced";

    private readonly TextWriter log;
    private readonly FileStream ownership;
    private readonly HashSet<string> written = [];
    private readonly SyncImport import;
    private readonly FuzzerStats statistics;
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private uint nextInput;
    private uint nextCrash;
    private int exported;
    private int importedNew;
    private bool isFull;

    /// <summary>Takes the place.</summary>
    /// <exception cref="UsageException">The name is none, another process has it, or the folder cannot be written to.</exception>
    public SyncFolder(SyncPlan plan, Variant variant, TextWriter log)
    {
        if (!NamePattern().IsMatch(plan.Name))
            throw new UsageException($"'{plan.Name}' is no name of an instance; it has letters, digits, '-' and '_', at most 32");
        this.log = log;
        Folder = Path.Combine(plan.Folder, plan.Name);
        try
        {
            foreach (var part in (string[])[Queue, Crashes, Path.Combine(Folder, StateFolder)])
            {
                Directory.CreateDirectory(part);
                AtomicFile.RemoveLeftovers(part);
            }
            ownership = Own();
            OwnInputs = ReadQueue();
            nextCrash = NextNumber(Crashes);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("take part in the campaign in", plan.Folder, e);
        }
        import = new SyncImport(plan.Folder, plan.Name, plan.Interval, log);
        statistics = new FuzzerStats(Path.Combine(Folder, "fuzzer_stats"), $"ccwfuzz {variant}", log);
    }

    /// <summary>Folder of this instance.</summary>
    public string Folder { get; }

    /// <summary>What earlier runs under this name wrote.</summary>
    public IReadOnlyList<byte[]> OwnInputs { get; }

    /// <summary>What was exchanged so far.</summary>
    public SyncCount Count => new(import.Count, importedNew, exported);

    private string Queue => Path.Combine(Folder, "queue");

    private string Crashes => Path.Combine(Folder, "crashes");

    /// <summary>The next input of another instance, or null.</summary>
    public byte[]? Next() => import.Next();

    /// <summary>Writes an input that reached something new.</summary>
    public void Kept(byte[] input, long executions)
    {
        if (!written.Add(InputFiles.ContentName(input))) return;
        if (import.Origin.Length > 0) importedNew++;
        if (Write(Queue, QueueName.Of(nextInput, import.Origin, watch.ElapsedMilliseconds, executions), input))
        {
            nextInput++;
            exported++;
        }
    }

    /// <summary>Writes an input that shows a violation.</summary>
    public void Found(byte[] input, long executions)
    {
        if (Write(Crashes, QueueName.Of(nextCrash, "sig:06", watch.ElapsedMilliseconds, executions), input)) nextCrash++;
    }

    /// <summary>Writes the statistics if it is time to.</summary>
    public void Progress(FuzzStatistics numbers) => statistics.Update(numbers, Numbers(numbers), isLast: false);

    /// <summary>The run is over.</summary>
    public void End(FuzzStatistics numbers)
    {
        import.Commit();
        statistics.Update(numbers, Numbers(numbers), isLast: true);
    }

    /// <inheritdoc/>
    public void Dispose() => ownership.Dispose();

    private QueueNumbers Numbers(FuzzStatistics numbers) => new(nextInput, import.Count, nextCrash, numbers.Executions);

    private bool Write(string folder, string name, byte[] input)
    {
        if (isFull) return false;
        try
        {
            AtomicFile.Write(Path.Combine(folder, name), input);
            return true;
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            isFull = true;
            log.WriteLine($"no more inputs are written to '{Folder}': {UsageException.Reason(e)}");
            return false;
        }
    }

    /// <summary>Held as long as the process lives, however it ends.</summary>
    private FileStream Own()
    {
        try
        {
            return new FileStream(Path.Combine(Folder, ".ccwfuzz.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new UsageException($"cannot take part as '{Path.GetFileName(Folder)}': another process does; give --sync-name NAME");
        }
    }

    private List<byte[]> ReadQueue()
    {
        var inputs = new List<byte[]>();
        var names = Directory.EnumerateFiles(Queue).Where(f => QueueName.NumberOf(Path.GetFileName(f)) is not null);
        foreach (var path in names.Order(StringComparer.Ordinal))
        {
            try
            {
                var input = BoundedFile.ReadBytes(path, SyncImport.MaxFile);
                if (written.Add(InputFiles.ContentName(input))) inputs.Add(input);
            }
            catch (Exception e) when (UsageException.IsFileError(e))
            {
                log.WriteLine($"skipped '{path}': {UsageException.Reason(e)}");
            }
        }
        nextInput = NextNumber(Queue);
        return inputs;
    }

    private static uint NextNumber(string folder) =>
        Directory.EnumerateFiles(folder).Select(f => QueueName.NumberOf(Path.GetFileName(f)) + 1).Max() ?? 0;

    [GeneratedRegex("^[A-Za-z0-9_-]{1,32}$")]
    private static partial Regex NamePattern();
}
