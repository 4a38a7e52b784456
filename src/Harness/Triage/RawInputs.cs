using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>Collects raw inputs: crash files in folders, also those of afl-fuzz, and findings that are not triaged yet.</summary>
internal sealed class RawInputs(Variant variant, TextWriter log)
{
    private readonly List<RawInput> inputs = [];

    /// <summary>Findings whose input is missing or cannot be read, with what is wrong.</summary>
    public List<(string Key, string Problem)> Missing { get; } = [];

    /// <summary>What was collected, in a fixed order.</summary>
    public IReadOnlyList<RawInput> All => inputs;

    /// <summary>Adds what <c>fuzz</c> wrote to a folder of findings and nobody triaged.</summary>
    public void AddFindings(string folder)
    {
        foreach (var finding in StoredFinding.Folders(folder).Select(StoredFinding.Open))
        {
            if (!finding.IsTriaged) TryAdd(finding, finding.Key, null);
            foreach (var raw in finding.Unexpected())
                TryAdd(raw, $"{finding.Key}/{StoredFinding.RawFolder}/{Path.GetFileName(raw.Folder)}", raw.Folder);
        }
    }

    private void TryAdd(StoredFinding finding, string name, string? folder)
    {
        try
        {
            Add(finding, name, folder);
        }
        catch (UsageException e)
        {
            Missing.Add((name, e.Message));
        }
    }

    /// <summary>Adds a folder of raw inputs: files, folders of findings, or an output folder of afl-fuzz.</summary>
    /// <exception cref="UsageException">There is no such folder.</exception>
    public void AddFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"cannot read '{folder}': there is no such folder");
        try
        {
            if (File.Exists(Path.Combine(folder, StoredFinding.BytesName))) Add(StoredFinding.Open(folder));
            else foreach (var path in InputFiles.Under(folder, "crashes", "hangs")) AddFile(path);
        }
        catch (Exception e) when (UsageException.IsFileError(e))
        {
            throw UsageException.ForFile("read", folder, e);
        }
    }

    /// <summary>A finding's folder within the raw ones is read by its campaign.bin.</summary>
    private void AddFile(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (File.Exists(Path.Combine(folder, StoredFinding.BytesName)))
        {
            if (Path.GetFileName(path) == StoredFinding.BytesName) Add(StoredFinding.Open(folder));
            return;
        }
        try
        {
            var name = Path.GetFileName(path);
            Add(name, CampaignFile.Read(path), variant, new FirstSeen { File = name });
        }
        catch (UsageException e)
        {
            log.WriteLine($"skipped: {e.Message}");
        }
    }

    private void Add(StoredFinding finding, string? name = null, string? folder = null)
    {
        var on = VariantCatalogue.Resolve(
            finding.Variant ?? variant.Name, finding.Host ?? variant.HostName, finding.Defects, finding.Remedies,
            finding.HostVersion ?? variant.HostVersionName, finding.Notify ?? variant.NotifyName);
        Add(name ?? finding.Key, CampaignFile.Read(finding.BytesPath), on, finding.Record?.FirstSeen ?? new FirstSeen(), folder);
    }

    private void Add(string name, Campaign campaign, Variant on, FirstSeen seen, string? folder = null)
    {
        var first = seen with
        {
            Variant = seen.Variant ?? on.ToString(),
            Campaign = seen.Campaign ?? InputFiles.ContentName(campaign.Encode()),
        };
        inputs.Add(new RawInput(name, campaign, on, first, folder));
    }
}
