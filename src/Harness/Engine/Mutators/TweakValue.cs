using CcwFuzz.Target.Campaigns;
using CcwFuzz.Target.Simulation;

namespace CcwFuzz.Harness.Engine.Mutators;

/// <summary>Changes one argument of an operation.</summary>
internal sealed class TweakValue : IMutator
{
    /// <inheritdoc/>
    public bool Mutate(RecordBuffer buffer, RecordBuffer other, ref SplitMix random)
    {
        if (buffer.Operations == 0) return false;
        var record = buffer.Record(buffer.StartOf(random.Below(buffer.Operations)));
        var before = RecordCodec.DecodeOperation(record);
        var info = OperationCatalogue.Of(before.Opcode);
        var after = info.B is not null && random.Below(2) == 0
            ? before with { B = OperationGenerator.Value(info.B, ref random) }
            : info.A is not null ? before with { A = OperationGenerator.Value(info.A, ref random) } : before;
        RecordCodec.Encode(after, record);
        return after != before;
    }
}
