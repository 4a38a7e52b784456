using CcwFuzz.Harness.Contract;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.MissingRemedies;

/// <summary>Measures how many executions it takes to find what each remedy mends, on hardened without it.</summary>
/// <param name="search">How it is looked for; its number of executions is the most for each remedy.</param>
/// <param name="hardened">The variant with all remedies, on the host that is asked for.</param>
/// <param name="log">Where each row is announced.</param>
internal sealed class RemedyBench(DifferenceSearch search, Variant hardened, TextWriter log)
{
    /// <summary>Leaves out each of them in turn.</summary>
    public IReadOnlyList<RemedyRow> Run(IEnumerable<Switch> remedies, StopSignal stop)
    {
        var rows = new List<RemedyRow>();
        foreach (var remedy in remedies)
        {
            if (stop.IsRequested) break;
            var without = VariantCatalogue.Like(hardened, variant: $"{hardened.Name}-{remedy.Id}");
            var row = new RemedyRow(remedy, hardened.HostName, search.Run(without, hardened, stop));
            log.WriteLine($"{without}: {row.Found.Failure ?? row.Found.Needed} {row.Found.Key}".TrimEnd());
            if (!stop.IsRequested || row.Found.Key is not null) rows.Add(row);
        }
        return rows;
    }
}
