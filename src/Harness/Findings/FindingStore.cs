using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings;

/// <summary>The folder of findings: what is known, and where new ones go.</summary>
internal sealed class FindingStore
{
    /// <summary>Where inputs go that show a bug of CcwFuzz itself; its name keeps it out of the list of findings.</summary>
    private const string InternalFolder = ".internal";

    /// <summary>Input with which a finding that was fixed came back.</summary>
    public const string RegressionName = "regression.bin";

    /// <summary>The findings that were there, with their status.</summary>
    private readonly Dictionary<string, string> known;

    /// <summary>Opens a folder, creating it.</summary>
    /// <exception cref="UsageException">It cannot be written to.</exception>
    public FindingStore(string folder)
    {
        Folder = folder;
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.RemoveLeftovers(folder);
            AtomicFile.Try(folder);
            known = StoredFinding.Keys(folder).ToDictionary(k => k, k => StatusOf(folder, k));
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("write findings to", folder, e);
        }
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Whether a finding was there when the folder was opened.</summary>
    public bool IsKnown(string key) => known.ContainsKey(key);

    /// <summary>Whether a finding was there and marked as fixed: seeing it is a regression.</summary>
    public bool IsFixed(string key) => known.TryGetValue(key, out var status) && status == FindingStatus.Fixed;

    /// <summary>Where a finding is.</summary>
    public string PathOf(string key) => Path.Combine(Folder, key);

    /// <summary>Writes a finding that is not there yet; if another process wrote it meanwhile, that one stays.</summary>
    /// <exception cref="IOException">It cannot be written; nothing half is left.</exception>
    public void Add(string key, IReadOnlyList<(string Name, byte[] Content)> files) => AtomicFile.WriteFolder(PathOf(key), files);

    /// <summary>Replaces the files of a finding by those of a shorter input, all at once.</summary>
    /// <exception cref="IOException">They cannot be written; it is as before.</exception>
    public void Replace(string key, IReadOnlyList<(string Name, byte[] Content)> files) => AtomicFile.ReplaceFolder(PathOf(key), files);

    /// <summary>Keeps the input with which a fixed finding came back, beside the finding.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void KeepRegression(string key, byte[] input) => AtomicFile.Write(Path.Combine(PathOf(key), RegressionName), input);

    /// <summary>The findings that are there now and were not when the folder was opened, by whomever.</summary>
    public IReadOnlyList<StoredFinding> NewOnDisk() =>
        [.. StoredFinding.Keys(Folder).Where(k => !IsKnown(k)).Select(k => StoredFinding.Open(PathOf(k)))];

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

    /// <summary>A finding that cannot be read is no reason not to fuzz: it is known, and that is all.</summary>
    private static string StatusOf(string folder, string key)
    {
        try
        {
            return StoredFinding.Open(Path.Combine(folder, key)).Status ?? FindingStatus.Open;
        }
        catch (UsageException)
        {
            return FindingStatus.Open;
        }
    }
}
