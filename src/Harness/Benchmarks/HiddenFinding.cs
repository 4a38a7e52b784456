using CcwFuzz.Harness.Engine;
using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Benchmarks;

/// <summary>Hides a minimized campaign in a long one that does other things on other slots, as it might have been found.</summary>
internal static class HiddenFinding
{
    private const int Shortest = 40;
    private const int Longest = 64;

    /// <summary>Draws such a campaign; whether it still shows the finding has to be seen.</summary>
    /// <param name="finding">What is hidden.</param>
    /// <param name="random">Where the rest comes from.</param>
    public static Campaign Draw(Campaign finding, ref SplitMix random)
    {
        var used = finding.Operations.Select(o => (int)o.Slot).ToHashSet();
        var free = Enumerable.Range(0, Operation.Slots).Where(s => !used.Contains(s)).ToArray();
        var (operations, faults, deviations) = (new List<Operation>(), new List<Fault>(), new List<Deviation>());
        var total = Shortest + random.Below(Longest - Shortest + 1);
        var before = random.Below(total - finding.Operations.Count);
        while (operations.Count < before) AddNoise(ref random);
        var shift = operations.Count;
        operations.AddRange(finding.Operations);
        faults.AddRange(finding.Faults.Select(f => f with { Operation = f.Operation + shift }));
        deviations.AddRange(finding.Deviations.Select(d => d with { Operation = d.Operation + shift }));
        while (operations.Count < total) AddNoise(ref random);
        return new Campaign(operations, faults, deviations);

        void AddNoise(ref SplitMix random)
        {
            var slot = free[random.Below(free.Length)];
            operations.Add(OperationGenerator.Draw((Opcode)random.Below(OperationCatalogue.Count), slot, ref random));
            var number = operations.Count - 1;
            if (random.Below(16) == 0) faults.Add(OperationGenerator.DrawFault(ref random) with { Operation = number });
            if (random.Below(4) == 0) deviations.Add(OperationGenerator.DrawDeviation(ref random) with { Operation = number });
        }
    }
}
