using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Deletes up to four neighbouring operations with what is attached to them.</summary>
internal sealed class DeleteOperation : IMutator
{
    private const int Most = 4;

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations < 2) return false;
        var first = random.Below(buffer.Operations);
        var count = 1 + OperationGenerator.Small(Math.Min(Most, buffer.Operations - 1), ref random);
        var start = buffer.StartOf(first);
        buffer.Remove(start, buffer.StartOf(first + count) - start);
        return true;
    }
}
