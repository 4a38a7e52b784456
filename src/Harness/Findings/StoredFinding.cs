using System.Text.Json;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Contract;

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

    private StoredFinding(string folder, JsonObject data)
    {
        Folder = folder;
        Key = Path.GetFileName(folder);
        Variant = Text(data, "variant");
        Host = Text(data, "host");
        HostVersion = Text(data, "hostVersion");
        Notify = Text(data, "notify");
        Defects = Texts(data, "defects");
        Remedies = Texts(data, "remedies");
        Title = Text(data, "title") ?? Key;
        Kind = Text(data, "kind") ?? "";
        Status = Text(data, "status");
        Group = Text(data, "group") ?? Key;
        GroupReason = Text(data, "groupReason") ?? "";
        Variants = Texts(data, "variants");
        Needs = Texts(data, "needs");
        Data = data;
        FirstExecution = Number(data["firstSeen"] as JsonObject ?? data, data["firstSeen"] is JsonObject ? "execution" : "firstExecution");
        Deviations = (int)Number(data, "deviations");
        Faults = (int)Number(data, "faults");
        Operations = (int)Number(data, "operations");
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>The title.</summary>
    public string Title { get; }

    /// <summary>The kind in kebab case.</summary>
    public string Kind { get; }

    /// <summary>open, fixed or expected; null as long as it is not triaged.</summary>
    public string? Status { get; }

    /// <summary>Whether it is minimized, explained and verified.</summary>
    public bool IsTriaged => Status is not null;

    /// <summary>Whether a real guest showed it, and not the model.</summary>
    public bool IsReal => Data["backend"] is not null;

    /// <summary>Name of the group of near-duplicates; its key if it has none.</summary>
    public string Group { get; }

    /// <summary>Why it is in that group.</summary>
    public string GroupReason { get; }

    /// <summary>Variants on which it shows.</summary>
    public IReadOnlyList<string> Variants { get; }

    /// <summary>What it cannot do without.</summary>
    public IReadOnlyList<string> Needs { get; }

    /// <summary>Everything in its finding.json.</summary>
    public JsonObject Data { get; }

    /// <summary>Number of the execution that came upon it.</summary>
    public long FirstExecution { get; }

    /// <summary>Operations of its input.</summary>
    public int Operations { get; }

    /// <summary>Departures from the default schedule in its input.</summary>
    public int Deviations { get; }

    /// <summary>Faults in its input.</summary>
    public int Faults { get; }

    /// <summary>The input's file.</summary>
    public string BytesPath => Path.Combine(Folder, BytesName);

    /// <summary>Variant it was found on, or null if that was not recorded.</summary>
    public string? Variant { get; }

    /// <summary>Host it was found on, or null.</summary>
    public string? Host { get; }

    /// <summary>Version of that host, or null.</summary>
    public string? HostVersion { get; }

    /// <summary>Who notified the guest there, or null.</summary>
    public string? Notify { get; }

    /// <summary>Defects that were on.</summary>
    public IReadOnlyList<string> Defects { get; }

    /// <summary>Remedies that were on.</summary>
    public IReadOnlyList<string> Remedies { get; }

    /// <summary>The keys of the findings in a folder, in order.</summary>
    public static IReadOnlyList<string> Keys(string folder) => !Directory.Exists(folder)
        ? []
        : [.. Directory.EnumerateDirectories(folder).Where(IsOne).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    /// <summary>The finding with a key, or null.</summary>
    /// <exception cref="UsageException">It is damaged.</exception>
    public static StoredFinding? Find(string folder, string key)
    {
        if (key.Length == 0 || key[0] == '.' || key.AsSpan().ContainsAny('/', '\\')) return null;
        var path = Path.Combine(folder, key);
        return IsOne(path) ? Open(path) : null;
    }

    /// <summary>Opens a finding's folder.</summary>
    /// <exception cref="UsageException">It is damaged.</exception>
    public static StoredFinding Open(string folder)
    {
        var path = Path.Combine(folder, DataName);
        try
        {
            var data = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path)) : new JsonObject();
            return new StoredFinding(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)), data as JsonObject ?? []);
        }
        catch (JsonException e)
        {
            throw new UsageException($"cannot read '{path}': it is not valid JSON ({e.Message.ReplaceLineEndings(" ")})");
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", path, e);
        }
    }

    private static bool IsOne(string folder) => Path.GetFileName(folder)[0] != '.' && File.Exists(Path.Combine(folder, BytesName));

    private static string? Text(JsonObject data, string name) =>
        data[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static long Number(JsonObject data, string name) =>
        data[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;

    private static List<string> Texts(JsonObject data, string name) =>
    [
        .. (data[name] as JsonArray ?? []).OfType<JsonValue>()
            .Select(v => v.TryGetValue<string>(out var text) ? text : "")
            .Where(t => t.Length > 0),
    ];
}
