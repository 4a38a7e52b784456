using CcwFuzz.Harness.Engine.Sync;
using CcwFuzz.Harness.Findings;

namespace CcwFuzz.Harness.Engine.Workers;

/// <summary>Makes one result of those of all workers, of what is on disk, and of what they said before they died.</summary>
internal static class WorkerMerge
{
    /// <summary>The result, without its time and failures.</summary>
    /// <param name="plan">What the workers did together.</param>
    /// <param name="store">The findings as they were before.</param>
    /// <param name="places">The workers, which ended.</param>
    /// <param name="announced">Keys of the findings that were announced.</param>
    public static FuzzResult Of(FuzzPlan plan, FindingStore store, IReadOnlyList<WorkerPlace> places, IEnumerable<string> announced)
    {
        var results = places.SelectMany(p => p.Results).ToList();
        var findings = results.SelectMany(r => r.Findings)
            .Select(f => Judged(f, store.JudgementOf(f.Key)))
            .ToList();
        // What a worker found that did not live to say so.
        var silent = store.NewOnDisk().Concat(announced).Distinct().Except(findings.Select(f => f.Key)).Order(StringComparer.Ordinal);
        findings.AddRange(silent.Where(k => Directory.Exists(store.PathOf(k)))
            .Select(k => Line(k, StoredFinding.Open(store.PathOf(k)), store.JudgementOf(k))));
        var merged = findings.GroupBy(f => f.Key).Select(Merge);
        return new FuzzResult
        {
            Executions = places.Sum(p => p.Done),
            Seconds = 0,
            Edges = places.Select(p => p.Most(r => r.Edges, p.Lost.Edges)).Append(0).Max(),
            Features = places.Select(p => p.Most(r => r.Features, p.Lost.Features)).Append(0).Max(),
            Corpus = places.Sum(p => p.Most(r => r.Corpus, p.Lost.Corpus)),
            Seeds = results.Select(r => r.Seeds).Append(0).Max(),
            SeedsLeft = results.Select(r => r.SeedsLeft).DefaultIfEmpty(0).Min(),
            Sync = plan.Sync is null
                ? null
                : new SyncCount(Sum(results, s => s.Imported), Sum(results, s => s.ImportedNew), Sum(results, s => s.Exported)),
            Findings = [.. merged.OrderBy(f => f.FirstExecution).ThenBy(f => f.Key, StringComparer.Ordinal)],
        };
    }

    private static int Sum(IEnumerable<RunSummary> results, Func<SyncCount, int> count) =>
        results.Sum(r => r.Sync is { } sync ? count(sync) : 0);

    private static FoundLine Judged(FoundLine line, Judgement judgement) => line with
    {
        IsNew = judgement.Standing == Standing.New,
        IsRegression = judgement.Standing == Standing.Regression,
        Note = judgement.Note,
    };

    private static FoundLine Line(string key, StoredFinding finding, Judgement judgement) => Judged(
        new FoundLine(key, finding.Title, finding.Kind, true, false, finding.FirstExecution, 1, finding.Operations, finding.Folder),
        judgement);

    /// <summary>One finding of several workers: the earliest, with the hits of all; in a file if any of them wrote one.</summary>
    private static FoundLine Merge(IGrouping<string, FoundLine> same)
    {
        var stored = same.OrderBy(f => f.Folder is null).ThenBy(f => f.Operations).First();
        return stored with { FirstExecution = same.Min(f => f.FirstExecution), Hits = same.Sum(f => f.Hits) };
    }
}
