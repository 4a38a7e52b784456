using CcwFuzz.Harness.Engine;
using CcwFuzz.Harness.Findings;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Variants;

namespace CcwFuzz.Harness.Benchmarks.PastDefects;

/// <summary>Measures how many executions it takes to find each past defect, from the usual inputs.</summary>
/// <remarks>
/// A finding counts if it does not come without the defect (<see cref="WithoutDefect"/>). Executions are what is measured: the machine
/// has no part in it.
/// </remarks>
/// <param name="plan">What is run; its number of executions is the most for each defect.</param>
/// <param name="seeds">Inputs to start from.</param>
/// <param name="newTarget">Builds what is run.</param>
/// <param name="log">Where each row is announced.</param>
internal sealed class DefectBench(FuzzPlan plan, IReadOnlyList<byte[]> seeds, Func<Variant, FuzzTarget> newTarget, TextWriter log)
{
    /// <summary>Looks for each of them.</summary>
    public IReadOnlyList<DefectRow> Run(IEnumerable<Switch> defects, StopSignal stop)
    {
        var rows = new List<DefectRow>();
        foreach (var defect in defects)
        {
            if (stop.IsRequested) break;
            var row = Look(defect, DefectGround.Of(defect), stop);
            log.WriteLine($"{defect.Id} {defect.Name} on {row.OnTopOf}: {row.Failure ?? row.Needed} {row.Key}".TrimEnd());
            if (!stop.IsRequested || row.Key is not null) rows.Add(row);
        }
        return rows;
    }

    private DefectRow Look(Switch defect, DefectGround ground, StopSignal stop)
    {
        var variant = ground.Resolve(defect.Id);
        using var found = new StopSignal();
        using var both = stop.Token.Register(found.Request);
        var without = new WithoutDefect(newTarget(ground.Resolve()), plan.Seed);
        var fuzzer = new Fuzzer(plan with { Variant = variant }, newTarget(variant), new NoObserver(), found);
        var row = new DefectRow(defect, ground, 0);
        fuzzer.Executed = (campaign, key) =>
        {
            if (key is null || row.Key is not null) return;
            if (without.Shows(campaign, key)) return;
            row = row with { Key = key, Input = campaign.Encode() };
            found.Request();
        };
        try
        {
            fuzzer.Run(seeds);
        }
        catch (InternalFailureException e)
        {
            row = row with { Failure = e.Message };
        }
        return row with { Executions = fuzzer.Statistics.Executions };
    }
}
