using CcwFuzz.Target.Simulation;
using CcwFuzz.Target.Simulation.Strategies;

namespace CcwFuzz.Harness.Minimization.Passes;

/// <summary>Leaves out an operation and looks for a schedule under which the others show the key again.</summary>
/// <remarks>Whoever goes shifts the schedule of those who stay, so that what is dispensable can seem needed.</remarks>
internal sealed class SearchWithoutOperation : IPass
{
    private const int FewOperations = 3;
    private const int Tries = 8;
    private static readonly int[] Rates = [0, 4, 16, 64];

    /// <inheritdoc/>
    public string Name => "search-without-operation";

    /// <inheritdoc/>
    public void Run(Reduction reduction)
    {
        for (var i = reduction.Current.Operations.Count - 1; i >= 0; i--)
        {
            if (reduction.Current.Operations.Count <= FewOperations) return;
            if (i < reduction.Current.Operations.Count) Search(reduction, i);
        }
    }

    private static void Search(Reduction reduction, int index)
    {
        var random = new SplitMix((ulong)index);
        var walk = new RandomWalk(reduction.Replay);
        for (var i = 0; i < Tries && reduction.MaySearch; i++)
        {
            var rest = new Draft(reduction.Current).Remove(index).Assemble()!;
            walk.Rate = Rates[i % Rates.Length];
            walk.Seed(random.Next());
            if (reduction.TryExplore(i == 0 ? rest : ScheduleSearch.OtherOverlaps(rest, ref random), walk)) return;
        }
    }
}
