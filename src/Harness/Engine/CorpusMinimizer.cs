using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Engine;

/// <summary>What was done to a corpus.</summary>
/// <param name="Before">Inputs before.</param>
/// <param name="After">Inputs after.</param>
/// <param name="Edges">Edges that the inputs reach together.</param>
/// <param name="Bytes">Bytes of the inputs after.</param>
/// <param name="Violations">Inputs after that show a violation.</param>
internal readonly record struct CorpusCount(int Before, int After, int Edges, long Bytes, int Violations);

/// <summary>Imports, exports, merges and counts inputs.</summary>
internal sealed class CorpusMinimizer(FuzzTarget target, TextWriter log)
{
    /// <summary>Keeps the inputs that reach what no smaller one reaches; the others are deleted.</summary>
    /// <param name="folder">The corpus.</param>
    /// <param name="isTrial">Whether nothing is deleted.</param>
    /// <param name="deleted">Told each file that goes.</param>
    /// <exception cref="UsageException">It is no corpus, or another process is changing it.</exception>
    public CorpusCount Merge(string folder, bool isTrial, ICollection<string> deleted)
    {
        CorpusGuard.Require(folder);
        using var held = isTrial ? null : FolderLock.ForLong(folder, "merge it");
        var all = Read([folder]);
        var files = all.Where(f => CorpusGuard.IsOwn(folder, f.Path)).ToList();
        foreach (var (path, _) in all.Except(files)) log.WriteLine($"left alone, it is not named as an input: {Visible.Line(path)}");
        var kept = new List<byte[]>();
        var coverage = new Coverage();
        var violations = 0;
        foreach (var (path, input) in files.OrderBy(f => f.Input.Length).ThenBy(f => f.Path, StringComparer.Ordinal))
        {
            var verdict = target.Run(input);
            if (!verdict.IsModelError && coverage.Merge(target.World) > 0)
            {
                kept.Add(input);
                if (!verdict.IsClean) violations++;
                continue;
            }
            deleted.Add(path);
            if (!isTrial) File.Delete(path);
        }
        return new CorpusCount(files.Count, kept.Count, coverage.Edges, kept.Sum(k => (long)k.Length), violations);
    }

    /// <summary>Adds the inputs of a folder under names that depend on their content.</summary>
    public CorpusCount Import(string from, string folder)
    {
        Directory.CreateDirectory(folder);
        var before = InputFiles.Under(folder, "queue").Count;
        foreach (var (_, input) in Read([from])) CorpusFolder.Save(folder, input);
        return Count([folder]) with { Before = before };
    }

    /// <summary>Writes all inputs as bytes to a folder, as afl-fuzz wants them.</summary>
    public CorpusCount Export(IReadOnlyList<string> folders, string to)
    {
        Directory.CreateDirectory(to);
        var before = InputFiles.Under(to, "queue").Count;
        foreach (var (_, input) in Read(folders)) CorpusFolder.Save(to, input);
        return Count([to]) with { Before = before };
    }

    /// <summary>Runs all inputs and counts what they reach.</summary>
    public CorpusCount Count(IReadOnlyList<string> folders)
    {
        var coverage = new Coverage();
        var violations = 0;
        var files = Read(folders);
        foreach (var (_, input) in files)
        {
            if (!target.Run(input).IsClean) violations++;
            coverage.Merge(target.World);
        }
        return new CorpusCount(files.Count, files.Count, coverage.Edges, files.Sum(f => (long)f.Input.Length), violations);
    }

    private List<(string Path, byte[] Input)> Read(IReadOnlyList<string> folders)
    {
        var inputs = new List<(string, byte[])>();
        foreach (var path in folders.Where(Directory.Exists).SelectMany(f => InputFiles.Under(f, "queue")))
        {
            try
            {
                inputs.Add((path, CampaignFile.Read(path).Encode()));
            }
            catch (UsageException e)
            {
                log.WriteLine($"skipped a broken corpus file: {e.Message}");
            }
        }
        return inputs;
    }
}
