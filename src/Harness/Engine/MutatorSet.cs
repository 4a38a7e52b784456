using CcwFuzz.Harness.Engine.Mutators;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine;

/// <summary>All mutators; a new input gets one or a few of them, those that bring something more often.</summary>
internal sealed class MutatorSet
{
    private const int Attempts = 16;
    private const int Most = 8;

    private readonly IMutator[] mutators;
    private readonly AdaptiveChoice choice;
    private readonly int[] used = new int[Most];
    private int count;

    /// <summary>Begins without preferences.</summary>
    /// <param name="lengths">How long operations take.</param>
    public MutatorSet(OperationLengths lengths)
    {
        mutators =
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
        choice = new AdaptiveChoice(mutators.Length);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<IMutator> All => mutators;

    /// <summary>Applies one mutator, two with half the chance, four with a quarter, and so on.</summary>
    public void Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        count = 0;
        var wanted = 1;
        while (wanted < Most && random.Below(2) == 0) wanted *= 2;
        for (var i = 0; i < Attempts && count < wanted; i++)
        {
            var mutator = choice.Pick(ref random);
            if (mutators[mutator].Mutate(buffer, other, ref random)) used[count++] = mutator;
        }
    }

    /// <summary>Nothing was mutated: what is learnt next is about no mutator.</summary>
    public void Forget() => count = 0;

    /// <summary>What came of the last input. Each mutator that made it gets a part of the cost, and all of the gain.</summary>
    public void Learn(int gain, int cost)
    {
        for (var i = 0; i < count; i++) choice.Learn(used[i], gain, cost / count);
    }
}
