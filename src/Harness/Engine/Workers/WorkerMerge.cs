using System.Text.Json.Nodes;
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
        var findings = results.SelectMany(r => r["findings"]!.AsArray()).Select(f => Line(f!.AsObject(), store)).ToList();
        // What a worker found that did not live to say so.
        findings.AddRange(store.NewOnDisk().Where(f => findings.All(l => l.Key != f.Key)).ToList().Select(f => Line(f, isNew: true)));
        var back = announced.Where(k => store.IsFixed(k) && findings.All(l => l.Key != k)).Order(StringComparer.Ordinal).ToList();
        findings.AddRange(back.Select(k => Line(StoredFinding.Open(store.PathOf(k)), isNew: false) with { IsRegression = true }));
        var merged = findings.GroupBy(f => f.Key).Select(Merge);
        return new FuzzResult
        {
            Executions = places.Sum(p => p.Done),
            Seconds = 0,
            Edges = places.Select(p => p.Most("edges", p.Lost.Edges)).Append(0).Max(),
            Features = places.Select(p => p.Most("features", p.Lost.Features)).Append(0).Max(),
            Corpus = places.Sum(p => p.Most("corpus", p.Lost.Corpus)),
            Sync = plan.Sync is null
                ? null
                : new SyncCount(Sum(results, "imported"), Sum(results, "importedNew"), Sum(results, "exported")),
            Findings = [.. merged.OrderBy(f => f.FirstExecution).ThenBy(f => f.Key, StringComparer.Ordinal)],
        };
    }

    private static int Sum(IEnumerable<JsonObject> results, string count) => results.Sum(r => (int?)r["sync"]?[count] ?? 0);

    private static FoundLine Line(StoredFinding finding, bool isNew) =>
        new(finding.Key, finding.Title, finding.Kind, isNew, finding.FirstExecution, 1, finding.Operations, finding.Folder, null);

    private static FoundLine Line(JsonObject finding, FindingStore store)
    {
        var key = (string)finding["key"]!;
        return new FoundLine(
            key,
            (string)finding["title"]!,
            (string)finding["kind"]!,
            !store.IsKnown(key),
            (long)finding["firstExecution"]!,
            (long)finding["hits"]!,
            (int)finding["operations"]!,
            (string?)finding["folder"],
            (string?)finding["input"])
        {
            IsRegression = store.IsFixed(key),
        };
    }

    /// <summary>One finding of several workers: the earliest, with the hits of all; in a file if any of them wrote one.</summary>
    private static FoundLine Merge(IGrouping<string, FoundLine> same)
    {
        var stored = same.OrderBy(f => f.Folder is null).ThenBy(f => f.Operations).First();
        return stored with { FirstExecution = same.Min(f => f.FirstExecution), Hits = same.Sum(f => f.Hits) };
    }
}
