using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Output;

namespace CcwFuzz.Harness.Findings;

/// <summary>A finding on disk: a folder named by its key.</summary>
internal sealed class StoredFinding
{
    /// <summary>The input.</summary>
    public const string BytesName = "campaign.bin";

    /// <summary>The input as text.</summary>
    public const string TextName = "campaign.txt";

    /// <summary>What happened, for a person.</summary>
    public const string ReportName = "report.txt";

    /// <summary>What was found, under what, for programs.</summary>
    public const string DataName = "finding.json";

    /// <summary>Within a finding's folder: raw findings with its key that were met where nobody expected it.</summary>
    public const string RawFolder = "raw";

    private StoredFinding(string folder, IFindingRecord? record)
    {
        Folder = folder;
        Key = Path.GetFileName(FolderOfKey(folder));
        Record = record;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The title.</summary>
    public string Title => Visible.Line(Record?.Title ?? Key);

    /// <summary>The kind in kebab case.</summary>
    public string Kind => Record?.Kind ?? "";

    /// <summary>open, fixed or expected; null as long as it is not triaged.</summary>
    public string? Status => Record?.Status;

    /// <summary>Whether it is minimized, explained and verified.</summary>
    public bool IsTriaged => Status is not null;

    /// <summary>Whether a real guest showed it, and not the model.</summary>
    public bool IsReal => Real is not null;

    /// <summary>Name of the group of near-duplicates; its key if it has none.</summary>
    public string Group => Triaged?.Group ?? Key;

    /// <summary>Why it is in that group.</summary>
    public string GroupReason => Triaged?.GroupReason ?? "";

    /// <summary>Variants on which it shows.</summary>
    public IReadOnlyList<string> Variants => Triaged?.Variants ?? [];

    /// <summary>What it cannot do without.</summary>
    public IReadOnlyList<string> Needs => Triaged?.Needs ?? [];

    /// <summary>Its finding.json; null without one.</summary>
    public IFindingRecord? Record { get; }

    /// <summary>The same of a triaged finding of the model; null for others.</summary>
    public TriagedRecord? Triaged => Record as TriagedRecord;

    /// <summary>The same of a finding of a real guest; null for others.</summary>
    public RealRecord? Real => Record as RealRecord;

    /// <summary>Number of the execution that came upon it.</summary>
    public long FirstExecution => Record?.FirstSeen.Execution ?? 0;

    /// <summary>Operations of its input.</summary>
    public int Operations => Record?.Operations ?? 0;

    /// <summary>Departures from the default schedule in its input.</summary>
    public int Deviations => Record?.Deviations ?? 0;

    /// <summary>Faults in its input.</summary>
    public int Faults => Record?.Faults ?? 0;

    /// <summary>The input's file.</summary>
    public string BytesPath => Path.Combine(Folder, BytesName);

    /// <summary>Variant it was found on, or null if that was not recorded.</summary>
    public string? Variant => Record?.Variant;

    /// <summary>Host it was found on, or null.</summary>
    public string? Host => Record?.Host;

    /// <summary>Version of that host, or null.</summary>
    public string? HostVersion => Record?.HostVersion;

    /// <summary>Who notified the guest there, or null.</summary>
    public string? Notify => Record?.Notify;

    /// <summary>Defects that were on.</summary>
    public IReadOnlyList<string> Defects => Record?.Defects ?? [];

    /// <summary>Remedies that were on.</summary>
    public IReadOnlyList<string> Remedies => Record?.Remedies ?? [];

    /// <summary>The keys of the findings in a folder, in order.</summary>
    public static IReadOnlyList<string> Keys(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateDirectories(folder).Where(IsOne).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    /// <summary>The folders of the findings in a folder, also of those whose input is missing, in the order of their keys.</summary>
    public static IReadOnlyList<string> Folders(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateDirectories(folder).Where(IsSome).Order(StringComparer.Ordinal)];

    /// <summary>The raw findings with the same key within a finding's folder.</summary>
    /// <exception cref="UsageException">One is damaged.</exception>
    public IReadOnlyList<StoredFinding> Unexpected()
    {
        var folder = Path.Combine(Folder, RawFolder);
        return [.. Keys(folder).Select(name => Open(Path.Combine(folder, name)))];
    }

    /// <summary>The finding with a key, or null.</summary>
    /// <exception cref="UsageException">It is damaged.</exception>
    public static StoredFinding? Find(string folder, string key)
    {
        if (key.Length == 0 || key[0] == '.' || key.AsSpan().ContainsAny('/', '\\')) return null;
        var path = Path.Combine(folder, key);
        return IsSome(path) ? Open(path) : null;
    }

    /// <summary>The finding that a key names, or the beginning of one that no other has; null if none does.</summary>
    /// <exception cref="UsageException">Several begin so, or it is damaged.</exception>
    public static StoredFinding? Named(string folder, string text)
    {
        const int Most = 12;
        if (Find(folder, text) is { } exact) return exact;
        if (text.Length == 0) return null;
        var keys = Keys(folder).Where(k => k.StartsWith(text, StringComparison.Ordinal)).ToList();
        if (keys.Count < 2) return keys.Count == 0 ? null : Find(folder, keys[0]);
        var more = keys.Count > Most ? $" and {keys.Count - Most} more" : "";
        throw new UsageException($"'{text}' may be one of {keys.Count} findings: {string.Join(", ", keys.Take(Most))}{more}");
    }

    /// <summary>Opens a finding's folder.</summary>
    /// <exception cref="UsageException">It is damaged.</exception>
    public static StoredFinding Open(string folder)
    {
        var path = Path.Combine(folder, DataName);
        return new StoredFinding(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), File.Exists(path) ? Read(path) : null);
    }

    /// <summary>Only a real guest has a backend, and only what is triaged has a status.</summary>
    private static IFindingRecord Read(string path)
    {
        var json = JsonFile.ReadObject(path);
        if (json.TryGetProperty("backend", out _)) return JsonFile.Read(json, path, FindingJson.Written.RealRecord);
        return json.TryGetProperty("status", out _)
            ? JsonFile.Read(json, path, FindingJson.Written.TriagedRecord)
            : JsonFile.Read(json, path, FindingJson.Written.RawRecord);
    }

    /// <summary>The folder that is named by the key: that of the finding itself, or the one that a raw finding is kept in.</summary>
    private static string FolderOfKey(string folder)
    {
        var above = Path.GetDirectoryName(folder);
        var filed = Path.GetDirectoryName(above);
        var isWithin = filed is not null && Path.GetFileName(above) == RawFolder && File.Exists(Path.Combine(filed, DataName));
        return isWithin ? filed! : folder;
    }

    /// <summary>Whether there is a finding, or what is left of one.</summary>
    private static bool IsSome(string folder) =>
        IsOne(folder) || (Path.GetFileName(folder)[0] != '.' && File.Exists(Path.Combine(folder, DataName)));

    private static bool IsOne(string folder) => Path.GetFileName(folder)[0] != '.' && File.Exists(Path.Combine(folder, BytesName));
}
