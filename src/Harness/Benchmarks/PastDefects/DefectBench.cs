using CcwFuzz.Harness.Contract;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>Measures how many executions it takes to find each past defect, from the usual inputs.</summary>
/// <param name="search">How each is looked for; its number of executions is the most for each defect.</param>
/// <param name="log">Where each row is announced.</param>
internal sealed class DefectBench(DifferenceSearch search, TextWriter log)
{
    /// <summary>Looks for each of them.</summary>
    public IReadOnlyList<DefectRow> Run(IEnumerable<Switch> defects, StopSignal stop)
    {
        var rows = new List<DefectRow>();
        foreach (var defect in defects)
        {
            if (stop.IsRequested) break;
            var ground = DefectGround.Of(defect);
            var row = new DefectRow(defect, ground, search.Run(ground.Resolve(defect.Id), ground.Resolve(), stop));
            log.WriteLine($"{defect.Id} {defect.Name} on {row.Place}: {row.Failure ?? row.Needed} {row.Key}".TrimEnd());
            if (!stop.IsRequested || row.Key is not null) rows.Add(row);
        }
        return rows;
    }
}
