using System.Globalization;
using System.Text.Json.Nodes;
using CcwFuzz.Harness.Configuration;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Output;
using CcwFuzz.Harness.Triage;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Commands;

/// <summary>Replays all inputs of a folder, each once.</summary>
/// <remarks>
/// The input of a finding is to show what its record says, on the variant that it names; nothing, if it is marked as fixed. Any
/// other input, and every input if a variant was asked for, is to be clean.
/// </remarks>
/// <param name="context">What the command works with.</param>
/// <param name="settings">What is run where no record says otherwise.</param>
/// <param name="isVariantGiven">Whether the records of findings are left aside, because somebody asked for a variant.</param>
internal sealed class FolderReplay(CommandContext context, LoadedSettings settings, bool isVariantGiven)
{
    private const double ProgressInterval = 5;
    private readonly Targets targets = new(context.NewTarget);
    private int skipped;

    /// <summary>Whether a path is a folder of inputs, and not the folder of a finding.</summary>
    public static bool Is(string path) => Directory.Exists(path)
        && !File.Exists(Path.Combine(path, StoredFinding.BytesName)) && !File.Exists(Path.Combine(path, StoredFinding.DataName));

    /// <summary>Replays them.</summary>
    /// <param name="folder">Where they are.</param>
    /// <param name="isJson">Whether the result is one JSON object.</param>
    /// <returns>The exit code.</returns>
    public int Run(string folder, bool isJson)
    {
        var paths = Paths(folder);
        if (paths.Count == 0) throw new UsageException($"there are no inputs in '{folder}'");
        var inputs = new List<ReplayedInput>();
        var next = context.Clock.Seconds + ProgressInterval;
        for (var i = 0; i < paths.Count; i++)
        {
            if (Replay(folder, paths[i]) is { } input)
            {
                inputs.Add(input);
                if (!isJson) context.Results.WriteLine(input.Line());
            }
            if (context.Clock.Seconds < next) continue;
            next = context.Clock.Seconds + ProgressInterval;
            context.Log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1} of {paths.Count} inputs"));
        }
        var summary = FolderSummary.Of(inputs, skipped);
        context.Results.WriteLine(isJson ? JsonOutput.Line(Describe(inputs, summary)) : summary.Line());
        foreach (var input in inputs.Where(i => i.IsModelError))
            context.Log.WriteLine($"ccwfuzz: a bug of the model itself, not a finding: {input.Name}: {input.Title}");
        return summary.Exit;
    }

    private static JsonObject Describe(IEnumerable<ReplayedInput> inputs, FolderSummary summary) => new()
    {
        ["inputs"] = new JsonArray([.. inputs.Select(i => (JsonNode)i.Describe())]),
        ["summary"] = summary.Describe(),
    };

    /// <summary>Of what is beside a finding's campaign only that campaign.</summary>
    private static List<string> Paths(string folder)
    {
        try
        {
            return [.. InputFiles.Under(folder).Where(p => Path.GetFileName(p) == StoredFinding.BytesName || !IsOfFinding(p))];
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", folder, e);
        }
    }

    private static bool IsOfFinding(string path) => File.Exists(Path.Combine(Path.GetDirectoryName(path)!, StoredFinding.BytesName));

    /// <summary>Replays an input; null for what cannot be, which is named.</summary>
    private ReplayedInput? Replay(string folder, string path)
    {
        var name = Path.GetRelativePath(folder, path);
        try
        {
            var campaign = CampaignFile.Read(path);
            var finding = IsOfFinding(path) ? StoredFinding.Open(Path.GetDirectoryName(path)!) : null;
            if (finding is { IsReal: true }) throw new UsageException($"'{name}' is of a real guest: 'linux replay' plays it");
            var hasRecord = finding?.Record is not null && !isVariantGiven;
            var target = targets.Of(hasRecord ? StackName.VariantOf(finding!) : settings.ResolveVariant());
            var verdict = target.Run(campaign);
            var recorded = hasRecord && finding!.Status != FindingStatus.Fixed ? finding.Key : null;
            return new ReplayedInput(name, verdict.Key, verdict.Title, verdict.IsModelError, target.Variant, hasRecord, recorded);
        }
        catch (Exception e) when (e is UsageException or VariantException)
        {
            skipped++;
            context.Log.WriteLine($"skipped: {e.Message}");
            return null;
        }
    }
}
