using CcwFuzz.Harness.Contract;
using CcwFuzz.Harness.Triage;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.TriageAtScale;

/// <summary>Shuffles raw violations of many past defects together, and looks into which keys they fall.</summary>
/// <param name="source">Where violations come from.</param>
/// <param name="targets">What plays them again.</param>
/// <param name="log">Where each defect is announced.</param>
internal sealed class TriageBench(ViolationSource source, Targets targets, TextWriter log)
{
    /// <summary>Collects violations and groups them as triage does: each input runs once, what has the same key is one finding.</summary>
    /// <param name="defects">Defects in the order in which they are tried.</param>
    /// <param name="wanted">How many of them are wanted.</param>
    /// <param name="violations">Violations of all together.</param>
    /// <param name="seed">Seed of the order.</param>
    /// <param name="stop">Ends it early.</param>
    public IReadOnlyList<TriageRow> Run(IEnumerable<Switch> defects, int wanted, int violations, ulong seed, StopSignal stop)
    {
        var each = violations / wanted;
        var raws = new List<RawViolation>();
        var (chosen, left) = (new List<Switch>(), new List<string>());
        foreach (var defect in defects)
        {
            if (stop.IsRequested || chosen.Count == wanted) break;
            var collected = source.Collect(defect, each, stop);
            log.WriteLine($"{defect.Id} {defect.Name}: {collected.Count} of {each}");
            if (collected.Count < each)
            {
                left.Add(defect.Id);
                continue;
            }
            chosen.Add(defect);
            raws.AddRange(collected);
        }
        if (left.Count > 0) log.WriteLine($"too few violations: {string.Join(", ", left)}");
        Shuffle(raws, seed);
        return Group(raws, chosen);
    }

    private List<TriageRow> Group(List<RawViolation> raws, List<Switch> defects)
    {
        var byKey = new Dictionary<(string Defect, string Key), List<byte[]>>();
        foreach (var raw in raws)
        {
            var key = targets.Of(raw.Variant).Run(raw.Input).Key ?? "clean";
            if (!byKey.TryGetValue((raw.Defect.Id, key), out var same)) byKey[(raw.Defect.Id, key)] = same = [];
            same.Add(raw.Input);
        }
        return [.. defects.Select(defect => new TriageRow(defect, raws.Count(raw => raw.Defect == defect),
            [.. byKey.Where(pair => pair.Key.Defect == defect.Id)
                .Select(pair => new KeyCount(pair.Key.Key, pair.Value.Count, pair.Value.MinBy(input => input.Length)!))
                .OrderByDescending(count => count.Violations).ThenBy(count => count.Key, StringComparer.Ordinal)]))];
    }

    private static void Shuffle(List<RawViolation> raws, ulong seed)
    {
        var random = new SplitMix(seed);
        for (var i = raws.Count - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (raws[i], raws[other]) = (raws[other], raws[i]);
        }
    }
}
