using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Continues with the end of another campaign, or inserts a part of it.</summary>
internal sealed class SpliceCampaigns : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (other.Operations == 0) return false;
        var first = random.Below(other.Operations);
        var at = random.Below(buffer.Operations + 1);
        var count = other.Operations - first;
        if (random.Below(2) == 0)
        {
            var start = buffer.StartOf(at);
            buffer.Remove(start, buffer.Records - start);
        }
        else
        {
            count = 1 + random.Below(count);
        }
        count = Math.Min(count, Campaign.MaxOperations - buffer.Operations);
        return count > 0 && buffer.Insert(buffer.StartOf(at), other.Groups(first, count));
    }
}
