using CcwFuzz.Target.Campaigns;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Makes numbers small: runs, arguments, numbers of failing allocations, points and choices of deviations.</summary>
/// <remarks>Each is searched by halving towards its smallest value, which finds a boundary in a handful of executions.</remarks>
internal sealed class ReduceValues : IPass
{
    /// <inheritdoc/>
    public string Name => "reduce-values";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        for (var i = 0; i < reduction.Current.Operations.Count; i++) ReduceOperation(reduction, i);
        for (var i = 0; i < reduction.Current.Faults.Count; i++)
            Reduce(reduction, 1, c => i < c.Faults.Count ? c.Faults[i].Allocation : 1,
                (c, v) => Edit.With(c, i, c.Faults[i] with { Allocation = v }));
        for (var i = 0; i < reduction.Current.Deviations.Count; i++)
        {
            Reduce(reduction, 1, c => i < c.Deviations.Count ? c.Deviations[i].Choice : 1,
                (c, v) => Edit.With(c, i, c.Deviations[i] with { Choice = v }));
            Reduce(reduction, 0, c => i < c.Deviations.Count ? c.Deviations[i].Point : 0,
                (c, v) => Edit.With(c, i, c.Deviations[i] with { Point = v }));
        }
    }

    private static void ReduceOperation(Reduction reduction, int i)
    {
        var info = OperationCatalogue.Of(reduction.Current.Operations[i].Opcode);
        Reduce(reduction, 1, c => At(c, i).Run, (c, v) => Edit.With(c, i, At(c, i) with { Run = (ushort)v }));
        if (info.A is { } a)
            Reduce(reduction, a.Min, c => At(c, i).A, (c, v) => Edit.With(c, i, At(c, i) with { A = (ushort)v }));
        if (info.B is { } b)
            Reduce(reduction, b.Min, c => At(c, i).B, (c, v) => Edit.With(c, i, At(c, i) with { B = (ushort)v }));
    }

    private static Operation At(Campaign campaign, int index) => index < campaign.Operations.Count ? campaign.Operations[index] : default;

    private static void Reduce(Reduction reduction, int min, Func<Campaign, int> get, Func<Campaign, int, Campaign> with)
    {
        if (get(reduction.Current) <= min || reduction.Try(with(reduction.Current, min))) return;
        var low = min; // does not work
        while (get(reduction.Current) - low > 1)
        {
            var middle = low + ((get(reduction.Current) - low) / 2);
            if (!reduction.Try(with(reduction.Current, middle))) low = middle;
        }
    }
}
