using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Findings;

/// <summary>The folder of findings: what is known there and in other folders, and where new ones go.</summary>
internal sealed class FindingStore
{
    /// <summary>Where inputs go that show a bug of CcwFuzz itself; its name keeps it out of the list of findings.</summary>
    private const string InternalFolder = ".internal";

    private readonly Variant? running;

    /// <summary>What was there is judged once: what others write meanwhile was not known before the run.</summary>
    private readonly Dictionary<string, Judgement> judged = [];

    /// <summary>Findings in the folder itself; null for one whose record cannot be read.</summary>
    private readonly Dictionary<string, StoredFinding?> own = [];

    /// <summary>Opens a folder, creating it.</summary>
    /// <param name="folder">Where new findings go; what is there is looked up, too.</param>
    /// <param name="running">What runs; null for real guests.</param>
    /// <param name="baseline">Other folders in which findings are looked up; nothing is written there.</param>
    /// <exception cref="UsageException">It cannot be written to.</exception>
    public FindingStore(string folder, Variant? running = null, IReadOnlyList<string>? baseline = null)
    {
        Folder = folder;
        this.running = running;
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.RemoveLeftovers(folder);
            AtomicFile.Try(folder);
            foreach (var path in StoredFinding.Folders(folder)) own[Path.GetFileName(path)] = TryOpen(path);
            Judge(baseline ?? []);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("write findings to", folder, e);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>How a finding stood when the folder was opened.</summary>
    public Judgement JudgementOf(string key) => judged.GetValueOrDefault(key);

    /// <summary>Whether a finding is filed and expected on what runs.</summary>
    public bool IsKnown(string key) => JudgementOf(key).Standing == Standing.Known;

    /// <summary>Whether a finding was in the folder when it was opened, triaged or not.</summary>
    public bool Has(string key) => own.ContainsKey(key);

    /// <summary>Where a finding that is known is, and where one goes that is not.</summary>
    /// <remarks>
    /// A raw finding has a folder of its own. If that has a filed one already, or a raw one of another variant, it goes into a folder
    /// within, named by what it was met on.
    /// </remarks>
    public string PathOf(string key)
    {
        var judgement = JudgementOf(key);
        if (judgement is { Standing: Standing.Known, Folder: { } known }) return known;
        var path = PathIn(Folder, key);
        if (running is null || !own.TryGetValue(key, out var there) || IsRawOf(there, running)) return path;
        return Path.Combine(path, StoredFinding.RawFolder, StackName.Of(running));
    }

    /// <summary>Writes a finding that is not there yet; if another process wrote it meanwhile, that one stays.</summary>
    /// <exception cref="IOException">It cannot be written; nothing half is left.</exception>
    public void Add(string key, IReadOnlyList<(string Name, byte[] Content)> files) => AtomicFile.WriteFolder(PathOf(key), files);

    /// <summary>Replaces the files of a finding by those of a shorter input, all at once.</summary>
    /// <exception cref="IOException">They cannot be written; it is as before.</exception>
    public void Replace(string key, IReadOnlyList<(string Name, byte[] Content)> files) => AtomicFile.ReplaceFolder(PathOf(key), files);

    /// <summary>Whether an input is shorter than that of the finding on disk.</summary>
    public bool IsShorter(string key, byte[] input)
    {
        var stored = new FileInfo(Path.Combine(PathOf(key), StoredFinding.BytesName));
        return !stored.Exists || input.Length < stored.Length;
    }

    /// <summary>Keys of the findings that are there now and were not when the folder was opened, by whomever.</summary>
    public IReadOnlyList<string> NewOnDisk() => [.. StoredFinding.Keys(Folder).Where(k => !own.ContainsKey(k))];

    /// <summary>Keeps inputs that show a bug of CcwFuzz itself, beside the findings.</summary>
    /// <returns>Where they are.</returns>
    /// <exception cref="IOException">They cannot be written.</exception>
    public string KeepInternal(string name, IReadOnlyList<(string Name, byte[] Content)> files)
    {
        var folder = Path.Combine(Folder, InternalFolder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        AtomicFile.WriteFolder(folder, files);
        return folder;
    }

    private void Judge(IReadOnlyList<string> baseline)
    {
        var all = own.Select(o => (o.Key, Finding: o.Value, Folder))
            .Concat(baseline.SelectMany(f => StoredFinding.Folders(f)
                .Select(p => (Key: Path.GetFileName(p), Finding: TryOpen(p), Folder: f))));
        foreach (var same in all.GroupBy(f => f.Key))
        {
            judged[same.Key] = Judgement.Of(same.Select(one => one.Finding is { } finding
                ? Judgement.Of(finding, running)
                : new Judgement(Standing.New, $"its {StoredFinding.DataName} cannot be read", PathIn(one.Folder, one.Key))));
        }
    }

    private static bool IsRawOf(StoredFinding? there, Variant running) =>
        there is { IsTriaged: false, IsReal: false } && StackName.Of(StackName.VariantOf(there)) == StackName.Of(running);

    private static string PathIn(string folder, string key) => Path.Combine(folder, key);

    /// <summary>A finding that cannot be read is no reason not to fuzz; it is new, until somebody mends it.</summary>
    private static StoredFinding? TryOpen(string path)
    {
        try
        {
            var finding = StoredFinding.Open(path);
            if (!finding.IsReal) _ = StackName.VariantOf(finding);
            return finding;
        }
        catch (Exception e) when (e is UsageException or VariantException)
        {
            return null;
        }
    }
}
