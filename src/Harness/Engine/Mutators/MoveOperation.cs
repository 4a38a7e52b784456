using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Moves an operation with what is attached to it to another place.</summary>
internal sealed class MoveOperation : IMutator
{
    private readonly byte[] group = new byte[Campaign.MaxBytes];

    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations < 2) return false;
        var from = random.Below(buffer.Operations);
        var records = buffer.Groups(from, 1);
        var taken = group.AsSpan(0, records.Length);
        records.CopyTo(taken);
        buffer.Remove(buffer.StartOf(from), taken.Length / RecordCodec.Stride);
        return buffer.Insert(buffer.StartOf(random.Below(buffer.Operations + 1)), taken);
    }
}
