using CcwFuzz.Machine.Play;
using CcwFuzz.Target;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Backends;

/// <summary>
/// Points of a real kernel's course for a campaign of the model: each operation of the host happens in the function that the model's
/// kernel is in when it starts there, entered as often.
/// </summary>
/// <remarks>
/// The model's place lies between the beginning of a function and its end, often right after one that it called, and a compiler may have
/// inlined either. So runs take turns: the returns of the functions that were entered last, and the beginning and the return of those that
/// it is in. What the kernel does not have is left out as soon as that is known.
/// </remarks>
internal sealed class ModelPoints
{
    private const int Most = 12;
    private readonly List<IReadOnlyList<ExactPoint>> candidates = [];
    private readonly HashSet<string> unknown = new(StringComparer.Ordinal);

    /// <summary>Runs a campaign on the model to see where its operations start.</summary>
    public ModelPoints(FuzzTarget model, Campaign campaign)
    {
        model.World.Trace.On = true;
        try
        {
            model.Run(campaign);
            foreach (var start in model.World.Trace.Starts)
                if (IsExact(start, campaign)) candidates.Add(Candidates(start));
        }
        finally
        {
            model.World.Trace.On = false;
        }
    }

    /// <summary>Whether there is any.</summary>
    public bool Exist => candidates.Count > 0;

    /// <summary>The points of a run, several for an operation in the order in which they are tried.</summary>
    /// <param name="run">The run, from 0.</param>
    public IReadOnlyList<ExactPoint> Of(int run) => [.. candidates.SelectMany(all => Rotated(all, run))];

    /// <summary>Learns from a run which functions the kernel does not have.</summary>
    public void Learn(Outcome outcome) => unknown.UnionWith(outcome.Unknown.Select(p => p.Function));

    private IEnumerable<ExactPoint> Rotated(IReadOnlyList<ExactPoint> all, int run)
    {
        var known = all.Where(p => !unknown.Contains(p.Function)).Take(Most).ToList();
        var first = known.Count > 0 ? run % known.Count : 0;
        return known.Skip(first).Concat(known.Take(first));
    }

    /// <summary>Returns of what was called last, in turns with beginnings and returns of what it is in.</summary>
    private static IReadOnlyList<ExactPoint> Candidates(OperationStart start)
    {
        var called = start.Recent
            .Where(r => !start.Functions.Any(f => f.Function == r.Function))
            .Select(r => Point(r, isReturn: true))
            .ToList();
        var within = start.Functions.SelectMany(f => (ExactPoint[])[Point(f, isReturn: false), Point(f, isReturn: true)]).ToList();
        return [.. called.Take(within.Count).Zip(within, (c, w) => (ExactPoint[])[c, w]).SelectMany(p => p), .. called.Skip(within.Count)];

        ExactPoint Point((string Function, int Count) at, bool isReturn) =>
            new(start.Operation + 1, at.Function, isReturn, Math.Max(1, at.Count));
    }

    private static bool IsExact(OperationStart start, Campaign campaign) =>
        start is { Operation: > 0, Functions.Count: > 0 } && RealOperations.IsOfHost(campaign.Operations[start.Operation]);
}
