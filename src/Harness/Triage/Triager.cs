using System.Text;
using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Explanation;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Harness.Findings.Records;
using CcwFuzz.Harness.Inputs;
using CcwFuzz.Harness.Minimization;
using CcwFuzz.Harness.Output;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Triage;

/// <summary>From raw inputs to findings: one key, one minimum, one verified report each.</summary>
/// <remarks>
/// What is triaged is left alone, so that running it again changes nothing. A finding is filed at once and completely; an
/// interrupted triage goes on where it was.
/// </remarks>
internal sealed class Triager
{
    private readonly TriagePlan plan;
    private readonly TextWriter log;
    private readonly Targets targets;
    private readonly TriageResult result = new();

    /// <summary>Prepares triage.</summary>
    public Triager(TriagePlan plan, TextWriter log)
    {
        this.plan = plan;
        this.log = log;
        targets = new Targets(plan.NewTarget);
    }

    /// <summary>Files what is new among raw inputs, checks what is filed, and renews the table.</summary>
    /// <exception cref="IOException">Something cannot be written.</exception>
    public TriageResult Run(IReadOnlyList<RawInput> raws)
    {
        result.Raw = raws.Count;
        foreach (var (key, same) in ByKey(raws)) Take(key, same);
        foreach (var finding in Stored().Where(f => !result.Filed.Contains(f.Key) && HasInput(f))) Check(finding);
        RenewIndex();
        return result;
    }

    /// <summary>Accepts what a finding does now as what it is to do.</summary>
    /// <remarks>A finding that does not show any more becomes a fixed one, a fixed one that shows again becomes an open one.</remarks>
    /// <exception cref="UsageException">There is no such finding, or it is a raw one.</exception>
    public TriageResult Accept(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            var finding = StoredFinding.Named(plan.Findings, key)
                ?? throw new UsageException(
                    $"no finding '{key}' in '{plan.Findings}'{Spelling.Hint(key, StoredFinding.Keys(plan.Findings))}");
            if (finding.Triaged is null) throw new UsageException($"the finding '{key}' is not triaged yet; run 'triage' first");
            Accept(finding, reopen: true);
        }
        RenewIndex();
        return result;
    }

    /// <summary>Accepts what every filed finding does now, after a change of the model; one that is marked fixed stays so.</summary>
    public TriageResult AcceptAll()
    {
        foreach (var finding in Stored().Where(HasInput).ToList())
        {
            log.WriteLine($"accepting {finding.Key}");
            Accept(finding, reopen: false);
        }
        RenewIndex();
        return result;
    }

    private IEnumerable<StoredFinding> Stored() =>
        StoredFinding.Folders(plan.Findings).Select(StoredFinding.Open).Where(f => f.Triaged is not null);

    /// <summary>Whether the input of a filed finding can be read; what is wrong with it is noted.</summary>
    private bool HasInput(StoredFinding finding)
    {
        try
        {
            _ = CampaignFile.Read(finding.BytesPath);
            return true;
        }
        catch (UsageException e)
        {
            result.Missing.Add((finding.Key, e.Message));
            return false;
        }
    }

    private void RenewIndex()
    {
        result.Findings = [.. Stored()];
        if (result.Findings.Count == 0) return;
        var missing = result.Missing.Select(m => m.Key).ToHashSet();
        var text = FindingIndex.Write(result.Findings, FindingIndex.Judged(plan.Findings), missing);
        AtomicFile.WriteIfChanged(Path.Combine(plan.Findings, FindingIndex.Name), Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Runs each raw input once, on its variant.</summary>
    private SortedDictionary<string, List<RawInput>> ByKey(IReadOnlyList<RawInput> raws)
    {
        var byKey = new SortedDictionary<string, List<RawInput>>(StringComparer.Ordinal);
        foreach (var raw in raws)
        {
            var verdict = targets.Of(raw.Variant).Run(raw.Campaign);
            if (verdict.IsModelError) result.Failures.Add($"{raw.Name}: {verdict.Title}");
            else if (verdict.Key is not { } key) result.Clean.Add(raw.Name);
            else
            {
                if (StoredFinding.Find(plan.Findings, raw.Name) is not null && key != raw.Name) result.Moved.Add((raw.Name, key));
                if (!byKey.TryGetValue(key, out var same)) byKey[key] = same = [];
                same.Add(raw);
            }
        }
        return byKey;
    }

    private void Take(string key, List<RawInput> same)
    {
        var stored = StoredFinding.Find(plan.Findings, key);
        if (stored?.Triaged is null)
        {
            log.WriteLine($"filing {key} ({same.Count} raw)");
            File(key, same);
            AddVariants(StoredFinding.Open(Path.Combine(plan.Findings, key)), same);
            result.Filed.Add(key);
        }
        else
        {
            result.Known += same.Count;
            foreach (var stack in AddVariants(stored, same)) result.Met.Add((key, stack));
            if (stored.Status == FindingStatus.Fixed)
            {
                result.Regressions[key] = "was fixed";
                return; // the inputs stay until that is accepted
            }
            var back = same.Select(r => Judgement.Of(stored, r.Variant)).FirstOrDefault(j => j.Standing == Standing.Regression);
            if (back.Note is { } note) result.Regressions[key] = note;
        }
        foreach (var raw in same) Drop(raw.Folder);
    }

    /// <summary>What was met beside a filed finding is in its record now.</summary>
    private static void Drop(string? folder)
    {
        if (folder is null) return;
        Directory.Delete(folder, recursive: true);
        var all = Path.GetDirectoryName(folder)!;
        if (!Directory.EnumerateFileSystemEntries(all).Any()) Directory.Delete(all);
    }

    /// <summary>Minimizes the shortest raw input of each variant, and files what is nearest to mainline and smallest.</summary>
    private void File(string key, List<RawInput> same)
    {
        var shortest = same.GroupBy(r => $"{r.Variant}@{r.Variant.HostText}")
            .Select(g => g.OrderBy(r => r.Campaign.Records).ThenBy(r => Hex(r.Campaign), StringComparer.Ordinal).First());
        var best = shortest.Select(r => Minimize(key, r))
            .OrderBy(c => c.Variant.Switches.Count).ThenBy(c => c.Variant.Host).ThenBy(c => Rank(c.Variant))
            .ThenBy(c => c.Campaign.Operations.Count)
            .ThenBy(c => c.Campaign.Records).ThenBy(c => Hex(c.Campaign), StringComparer.Ordinal).First();
        var raws = same.Where(r => StackName.In(best.Variant, r.Variant) == r.Variant.Name).Select(r => r.Variant.Name).Distinct();
        Write(key, best.Campaign, best.Variant, best.FirstSeen, best.Minimization, [.. raws], FindingStatus.Open);
    }

    /// <summary>Minimizes a raw input, and once more on the variant nearest to mainline on which the result shows.</summary>
    private Candidate Minimize(string key, RawInput raw)
    {
        var minimized = new Minimizer(targets.Of(raw.Variant)).Minimize(raw.Campaign, key, new MinimizationOptions());
        var description = FindingRecord.Describe(minimized);
        var first = targets.Survey(minimized.Campaign, raw.Variant).First(s => s.Key == key).Variant;
        if (first == raw.Variant.Name) return new Candidate(minimized.Campaign, raw.Variant, raw.FirstSeen, description);
        var variant = Targets.Like(raw.Variant, first);
        var again = new Minimizer(targets.Of(variant)).Minimize(minimized.Campaign, key, new MinimizationOptions());
        return new Candidate(again.Campaign, variant, raw.FirstSeen, description with
        {
            OperationsAfter = again.OperationsAfter,
            DeviationsAfter = again.DeviationsAfter,
            FaultsAfter = again.FaultsAfter,
            Executions = minimized.Executions + again.Executions,
            IsMinimal = again.IsMinimal,
        });
    }

    private void Write(
        string key,
        Campaign campaign,
        Variant variant,
        FirstSeen firstSeen,
        MinimizationCounts? minimization,
        IReadOnlyList<string> seenIn,
        string status)
    {
        var target = targets.Of(variant);
        var survey = targets.Survey(campaign, variant);
        var record = new FindingRecord
        {
            Key = key,
            Status = status,
            FirstSeen = firstSeen,
            Minimization = minimization,
            Survey = survey,
            AlsoIn = [.. survey.Where(s => s.Key != key && seenIn.Contains(s.Variant)).Select(s => s.Variant)
                .Union(seenIn.Where(s => survey.All(on => on.Variant != s)))],
            Needs = new NeedsAnalysis(plan.NewSizedTarget).Analyze(campaign, key, variant),
            Reliability = ReliabilityCheck.Measure(target, campaign, key),
        };
        var explained = new Explained(target, campaign, key);
        FindingWriter.Write(Path.Combine(plan.Findings, key), record, target, campaign, explained);
        if (plan.Regression is { } folder) RegressionCorpus.Add(folder, record, campaign, explained.Title, variant);
    }

    /// <summary>A known finding was seen where nothing was known about it.</summary>
    /// <returns>Where that is, as the record lists it now.</returns>
    private static List<string> AddVariants(StoredFinding stored, List<RawInput> same)
    {
        var filed = StackName.VariantOf(stored);
        var added = same.Where(r => Judgement.Of(stored, r.Variant).Standing != Standing.Known)
            .Select(r => StackName.In(filed, r.Variant)).Distinct().Except(stored.Variants).ToList();
        if (added.Count == 0) return added;
        var variants = stored.Variants.Concat(added).ToHashSet();
        string[] order =
        [
            VariantCatalogue.DefaultVariant, .. VariantCatalogue.Variants.Select(v => v.Name), .. variants.Order(StringComparer.Ordinal),
        ];
        var data = stored.Triaged!;
        FindingWriter.WriteData(stored.Folder, data with
        {
            Variants = [.. order.Distinct().Where(variants.Contains)],
            AlsoIn = [.. data.AlsoIn.Concat(added).Order(StringComparer.Ordinal)],
            CleanIn = [.. data.CleanIn.Except(added)],
            OtherIn = new(data.OtherIn.Where(o => !added.Contains(o.Key))),
        });
        return added;
    }

    /// <summary>Replays a filed finding and compares it with its verified report.</summary>
    private void Check(StoredFinding finding)
    {
        var explained = Explain(finding);
        if (finding.Status == FindingStatus.Fixed && explained.Actual == finding.Key) result.Regressions[finding.Key] = "was fixed";
        if (Snapshot.Compare(finding.Folder, explained.Report()) is { } difference) result.Changed.Add((finding.Key, difference));
        else FindingWriter.WriteDiagrams(finding.Folder, explained);
    }

    private void Accept(StoredFinding finding, bool reopen)
    {
        var explained = Explain(finding);
        var isShown = explained.Actual == finding.Key;
        var data = finding.Triaged!;
        if (isShown)
        {
            var status = reopen && finding.Status == FindingStatus.Fixed ? FindingStatus.Open : finding.Status!;
            var campaign = CampaignFile.Read(finding.BytesPath);
            Write(finding.Key, campaign, StackName.VariantOf(finding), data.FirstSeen, data.Minimization, data.AlsoIn, status);
            if (status != FindingStatus.Fixed) foreach (var raw in finding.Unexpected()) Drop(raw.Folder);
            return;
        }
        // What it was is kept; only what it does now is new.
        AtomicFile.Write(Path.Combine(finding.Folder, Snapshot.VerifiedName), explained.Report());
        System.IO.File.Delete(Path.Combine(finding.Folder, Snapshot.ReceivedName));
        FindingWriter.WriteDiagrams(finding.Folder, explained);
        FindingWriter.WriteData(finding.Folder, data with { Status = FindingStatus.Fixed });
    }

    private Explained Explain(StoredFinding finding) =>
        new(targets.Of(StackName.VariantOf(finding)), CampaignFile.Read(finding.BytesPath), finding.Key);

    private static string Hex(Campaign campaign) => Convert.ToHexString(campaign.Encode());

    /// <summary>mainline is the first.</summary>
    private static int Rank(Variant variant) =>
        variant.Name == VariantCatalogue.DefaultVariant ? -1 : VariantCatalogue.Variants.ToList().FindIndex(v => v.Name == variant.Name);

    private sealed record Candidate(Campaign Campaign, Variant Variant, FirstSeen FirstSeen, MinimizationCounts Minimization);
}
