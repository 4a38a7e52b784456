using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Changes when the operation after one starts.</summary>
internal sealed class ChangeOverlap : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        var record = buffer.Record(buffer.StartOf(random.Below(buffer.Operations)));
        var operation = RecordCodec.DecodeOperation(record);
        var run = operation.Run > 1 && random.Below(2) == 0
            ? (ushort)Math.Clamp(operation.Run + (random.Below(9) - 4), 1, ushort.MaxValue)
            : OperationGenerator.Run(ref random);
        RecordCodec.Encode(operation with { Run = run }, record);
        return run != operation.Run;
    }
}
