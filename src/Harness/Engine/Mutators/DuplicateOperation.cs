using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Repeats up to four neighbouring operations at another place.</summary>
internal sealed class DuplicateOperation : IMutator
{
    private const int Most = 4;

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        var first = random.Below(buffer.Operations);
        var count = Math.Min(1 + OperationGenerator.Small(Most, ref random), buffer.Operations - first);
        if (buffer.Operations + count > Campaign.MaxOperations) return false;
        return buffer.Insert(buffer.StartOf(random.Below(buffer.Operations + 1)), buffer.Groups(first, count));
    }
}
