using CcwFuzz.Harness.Engine.Mutators;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>All mutators; a new input gets one or a few of them.</summary>
/// <param name="lengths">How long operations take.</param>
internal sealed class MutatorSet(OperationLengths lengths)
{
    private const int Attempts = 16;

    private readonly IMutator[] mutators =
    [
        new InsertOperation(),
        new DeleteOperation(),
        new DuplicateOperation(),
        new MoveOperation(),
        new ReplaceOperation(),
        new SpliceCampaigns(),
        new RetargetSlot(),
        new ChangeOverlap(),
        new SweepOverlap(lengths),
        new OverlapOnDevice(lengths),
        new AddDeviation(),
        new MoveDeviation(),
        new RemoveDeviation(),
        new AddFault(),
        new ChangeFault(),
        new TweakValue(),
        new InsertRawLife(),
        new VaryRaw(),
        new FlipBytes(),
    ];

    /// <summary>All of them.</summary>
    public IReadOnlyList<IMutator> All => mutators;

    /// <summary>Applies one mutator, two with half the chance, four with a quarter, and so on.</summary>
    public void Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        var wanted = 1;
        while (wanted < 8 && random.Below(2) == 0) wanted *= 2;
        for (var i = 0; i < Attempts && wanted > 0; i++)
            if (mutators[random.Below(mutators.Length)].Mutate(buffer, other, ref random)) wanted--;
    }
}
